import arctic from './arctic.mjs'
import authCore from './auth-core.mjs'
import badgateway from './badgateway.mjs'
import esignAuth from './esign-auth.mjs'
import fetchByHand from './fetch.mjs'
import grant from './grant.mjs'
import nodeHttps, { again } from './node-https.mjs'
import oauth4webapi from './oauth4webapi.mjs'
import openidClient from './openid-client.mjs'
import passportOauth2 from './passport-oauth2.mjs'
import simpleOauth2 from './simple-oauth2.mjs'

/**
 * Whatever is compared, the floor first. A contender is `{ name, file, create(place), missing }`: `create` makes its
 * client at `place` (`origin`, `token` path, `clientId`, `clientSecret`, `redirectUri`) with the methods it has of
 * `url`, `urlWithPkce`, `exchange` and `refresh`; `missing` says why it has not the others.
 */
export const contenders = [
  nodeHttps,
  again,
  fetchByHand,
  esignAuth,
  passportOauth2,
  openidClient,
  oauth4webapi,
  arctic,
  simpleOauth2,
  badgateway,
  authCore,
  grant,
]

/** Where and as whom a contender's client works. */
export function placeOf({ name }, origin, path = '') {
  return {
    authorization: `${origin}/authorize`,
    token: `${origin}${path}/token`,
    userinfo: `${origin}/userinfo`,
    origin,
    path,
    clientId: name.replaceAll(/[^\w]+/g, '-'),
    clientSecret: 'a-secret-of-usual-length-a-secret-of-usual-length',
    redirectUri: 'https://app.example/callback',
  }
}
