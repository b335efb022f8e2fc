import { type EsignProvider, LuminSign } from 'esign-auth/authjs'
import { LuminSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/lumin-sign.md quotes this file, and a test signs somebody in with it.

export function usePassport({
  passport,
  users,
  clientID,
  clientSecret,
  callbackURL,
  keeper,
  profile,
  ...more
}: App): void {
  passport.use(
    new LuminSignStrategy(
      {
        clientID,
        clientSecret,
        callbackURL,
        keeper,
        scope: ['openid', 'offline_access', 'sign:requests'],
        profile,
        ...more,
      },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return LuminSign({ scope: ['openid', 'offline_access', 'sign:requests'], ...more })
}
