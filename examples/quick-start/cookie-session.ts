import cookieSession from 'cookie-session'
import type { Express } from 'express'
import passport from 'passport'

/** Sessions in a cookie, for passport. */
export function useCookieSessions(app: Express, key: string): void {
  app.use(cookieSession({ name: 'session', keys: [key], sameSite: 'lax' }))
  app.use((req, _res, next) => {
    const { session } = req
    if (session && !('save' in session)) {
      const regenerate = (done: () => void) => {
        for (const name of Object.keys(session)) delete session[name]
        done()
      }
      Object.defineProperties(session, {
        regenerate: { value: regenerate },
        save: { value: (done: () => void) => done() },
      })
    }
    next()
  })
  app.use(passport.session())
}
