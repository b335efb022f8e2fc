import { DocuSign, type EsignProvider } from 'esign-auth/authjs'
import { DocuSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/docusign.md quotes this file, and a test signs somebody in with it.

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
    new DocuSignStrategy(
      { clientID, clientSecret, callbackURL, keeper, scope: ['signature', 'extended'], ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return DocuSign({ scope: ['signature', 'extended'], ...more })
}
