import { BoxSign, type EsignProvider } from 'esign-auth/authjs'
import { BoxSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/box-sign.md quotes this file, and a test signs somebody in with it.

export function usePassport({
  passport,
  users,
  clientID,
  clientSecret,
  callbackURL,
  keeper,
  profile: _,
  ...more
}: App): void {
  passport.use(
    new BoxSignStrategy(
      { clientID, clientSecret, callbackURL, keeper, ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return BoxSign({ ...more })
}
