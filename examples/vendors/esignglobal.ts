import { ESignGlobal, type EsignProvider } from 'esign-auth/authjs'
import { ESignGlobalStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/esignglobal.md quotes this file, and a test signs somebody in with it.

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
    new ESignGlobalStrategy(
      { clientID, clientSecret, callbackURL, keeper, region: 'as1', profile, ...more },
      (_accessToken, _refreshToken, profile) =>
        users.findOrCreate(`${profile.provider}:${profile.region}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return ESignGlobal({ region: 'as1', ...more })
}
