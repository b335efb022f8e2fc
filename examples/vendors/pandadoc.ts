import { type EsignProvider, PandaDoc } from 'esign-auth/authjs'
import { PandaDocStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/pandadoc.md quotes this file, and a test signs somebody in with it.

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
    new PandaDocStrategy(
      { clientID, clientSecret, callbackURL, keeper, ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return PandaDoc({ ...more })
}
