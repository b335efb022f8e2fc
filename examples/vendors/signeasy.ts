import { type EsignProvider, Signeasy } from 'esign-auth/authjs'
import { SigneasyStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/signeasy.md quotes this file, and a test signs somebody in with it.

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
    new SigneasyStrategy(
      { clientID, clientSecret, callbackURL, keeper, audience: 'https://api-ext.signeasy.com/', profile, ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return Signeasy({ audience: 'https://api-ext.signeasy.com/', ...more })
}
