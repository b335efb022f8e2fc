import { AdobeAcrobatSign, type EsignProvider } from 'esign-auth/authjs'
import { AdobeAcrobatSignStrategy } from 'esign-auth/passport'
import type { App, More } from './app.ts'

// docs/vendors/adobe-acrobat-sign.md quotes this file, and a test signs somebody in with it.

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
    new AdobeAcrobatSignStrategy(
      {
        clientID,
        clientSecret,
        callbackURL,
        keeper,
        scope: ['user_login:self', 'user_read:self', 'agreement_read:self'],
        ...more,
      },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )
}

export function makeProvider(more: More): EsignProvider {
  return AdobeAcrobatSign({ scope: ['user_login:self', 'user_read:self', 'agreement_read:self'], ...more })
}
