import cookieSession from 'cookie-session'
import type { Express } from 'express'
import passport from 'passport'

/** Sessions in a cookie, for passport. */
export function useCookieSessions(app: Express, key: string): void {
  app.use(cookieSession({ name: 'session', keys: [key], sameSite: 'lax' }))
  app.use((req, _res, next) => {
    const method = { value: (done: () => void) => done() }
    if (req.session && !('save' in req.session)) {
      Object.defineProperties(req.session, { regenerate: method, save: method })
    }
    next()
  })
  app.use(passport.session())
}
