import { type EsignProvider, InsureSign } from 'esign-auth/authjs'
import { InsureSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/insuresign.md quotes this file, and a test signs somebody in with it.

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
    new InsureSignStrategy(
      { clientID, clientSecret, callbackURL, keeper, profile, ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return InsureSign({ ...more })
}
