import { defineVendor, type InsureSignSettings, insureSign } from 'esign-auth'
import { providerFor, withEsign } from 'esign-auth/authjs'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'
import { nextLike, site, webConfig, webVisitor } from './web-app.ts'

/** One address for all of them, so that nothing but the binding tells them apart. */
const redirectUri = `${site}/api/auth/callback/private`

/** An app with one secret of Auth.js's, and a provider that differs in `changes` and `options`. */
function appOf(sandbox: Sandbox, options: object = {}, changes: object = {}) {
  const vendor = defineVendor<InsureSignSettings>({ ...insureSign, id: 'private', name: 'Private', ...changes })
  const { clientId, clientSecret, redirectUris } = sandbox.vendors.insuresign.client
  redirectUris.push(redirectUri)
  const given = { id: 'private', clientId, clientSecret, fetch: sandbox.fetch, redirectUri, ...options }
  return withEsign(nextLike, { ...webConfig(sandbox), providers: [providerFor(vendor)(given)] })
}

const { authorize, token } = {
  authorize: 'https://other.insuresign.io/oauth2/authorize',
  token: 'https://other.insuresign.io/oauth2/token',
}

describe('1.1 · a login that pends in Auth.js is bound', () => {
  /** Begins here, and comes back to the app given, in the same browser. */
  async function comeBackTo(other: Parameters<typeof appOf>[1], changes?: object, path = 'private') {
    const sandbox = createSandbox()
    const me = webVisitor(appOf(sandbox))
    const begun = (await me.press('private')).headers.get('location') ?? ''
    const { url } = await sandbox.approve(begun)
    const answer = await webVisitor(appOf(sandbox, other, changes), me.jar).go(url.replace(/private(?=\?)/, path))
    const { searchParams } = new URL(answer.headers.get('location') ?? '')
    return { code: searchParams.get('code'), asked: sandbox.log.filter(({ place }) => place === 'token').length }
  }

  it.each<[what: string, ...Parameters<typeof comeBackTo>]>([
    ['the authorization endpoint', { endpoints: { authorization: authorize } }],
    ['the token endpoint', { endpoints: { token } }],
    ['the client', { clientId: 'another' }],
    ['the vendor', {}, { id: 'another' }],
    ['Auth.js’s provider', { id: 'another' }, {}, 'another'],
  ])('1.1 · to %s that began it: with another it is unknown, and nothing is sent', async (_, ...other) => {
    expect(await comeBackTo(...other)).toEqual({ code: 'state_unknown', asked: 0 })
  })

  it('1.1 · and to nothing else: the same provider of another instance ends it', async () => {
    expect(await comeBackTo({})).toEqual({ code: null, asked: 1 })
    expect(await comeBackTo({ name: 'Another name', scope: 'other' })).toEqual({ code: null, asked: 1 })
  })
})
