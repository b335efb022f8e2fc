import { type EsignProvider, RightSignature } from 'esign-auth/authjs'
import { RightSignatureStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/rightsignature.md quotes this file, and a test signs somebody in with it.

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
    new RightSignatureStrategy(
      { clientID, clientSecret, callbackURL, keeper, scope: ['read', 'write'], ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return RightSignature({ scope: ['read', 'write'], ...more })
}
