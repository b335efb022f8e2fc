import { defineVendor, type Vendor } from 'esign-auth'
import { type EsignStrategy, type StrategyClass, strategyFor } from 'esign-auth/passport'

/** A vendor of one's own, as data: the tables of its pages. README quotes it. */
export const acmeSign: Vendor = defineVendor({
  id: 'acme-sign',
  name: 'Acme Sign',
  endpoints: () => ({
    authorization: 'https://login.acme.example/oauth/authorize',
    token: 'https://login.acme.example/oauth/token',
    userinfo: 'https://api.acme.example/v1/me',
  }),
  api: () => ['https://api.acme.example'], // hosts that may see a token
  identity: [{ from: 'userinfo', id: ['user.id'], email: ['user.email'], name: ['user.full_name'] }],
  pkce: 'supported',
  token: {
    credentials: 'basic-form',
    encoding: 'form',
    fields: {
      authorization_code: ['grant_type', 'code', 'redirect_uri'],
      refresh_token: ['grant_type', 'refresh_token'],
    },
  },
  rotation: 'unknown', // treated as always: a refresh may spend the refresh token
})

/** `passport.use(new AcmeSignStrategy(options, verify))` */
export const AcmeSignStrategy: StrategyClass<object, EsignStrategy> = strategyFor(acmeSign)
