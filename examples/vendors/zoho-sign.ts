import { type EsignProvider, ZohoSign } from 'esign-auth/authjs'
import { ZohoSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/zoho-sign.md quotes this file, and a test signs somebody in with it.

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
    new ZohoSignStrategy(
      {
        clientID,
        clientSecret,
        callbackURL,
        keeper,
        scope: ['AaaServer.profile.READ', 'ZohoSign.documents.READ'],
        ...more,
      },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return ZohoSign({ scope: ['AaaServer.profile.READ', 'ZohoSign.documents.READ'], ...more })
}
