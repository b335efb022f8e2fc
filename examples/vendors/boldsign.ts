import { BoldSign, type EsignProvider } from 'esign-auth/authjs'
import { BoldSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/boldsign.md quotes this file, and a test signs somebody in with it.

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
    new BoldSignStrategy(
      {
        clientID,
        clientSecret,
        callbackURL,
        keeper,
        scope: ['openid', 'profile', 'email', 'offline_access', 'BoldSign.Documents.All'],
        ...more,
      },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return BoldSign({ scope: ['openid', 'profile', 'email', 'offline_access', 'BoldSign.Documents.All'], ...more })
}
