import { type EsignProvider, Penneo } from 'esign-auth/authjs'
import { PenneoStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/penneo.md quotes this file, and a test signs somebody in with it.

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
    new PenneoStrategy(
      { clientID, clientSecret, callbackURL, keeper, profile, ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return Penneo({ ...more })
}
