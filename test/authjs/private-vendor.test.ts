import { defineVendor, type InsureSignSettings, insureSign } from 'esign-auth'
import { providerFor, withEsign } from 'esign-auth/authjs'
import { createSandbox } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'
import { pkceOf } from '../any-vendor.ts'
import { nextLike, site, type WebVisitor, webConfig, webVisitor } from './web-app.ts'

/** An app with a private vendor that speaks InsureSign's dialect, and differs in `changes`. */
function privateApp(changes: object, options: object = {}) {
  const Private = providerFor(
    defineVendor<InsureSignSettings>({ ...insureSign, id: 'private', name: 'Private', ...changes }),
  )
  const sandbox = createSandbox()
  const { clientId, clientSecret, redirectUris } = sandbox.vendors.insuresign.client
  redirectUris.push(`${site}/api/auth/callback/private`)
  const provider = Private({ clientId, clientSecret, fetch: sandbox.fetch, ...options })
  const host = withEsign(nextLike, { ...webConfig(sandbox), providers: [provider] })
  return { sandbox, visitor: () => webVisitor(host) }
}

const begin = async (me: WebVisitor) => (await me.press('private')).headers.get('location') ?? ''

describe('1.1 · a private vendor in Auth.js', () => {
  it('1.1 · that names itself: `iss` of another issuer, twice or missing is refused, and uses nothing up', async () => {
    const { sandbox, visitor } = privateApp({ issuer: 'https://sign.example' })
    const me = visitor()
    const { url } = await sandbox.approve(await begin(me))
    const right = 'iss=https%3A%2F%2Fsign.example'
    for (const [query, code] of [
      ['iss=https%3A%2F%2Fevil.example', 'issuer_mismatch'],
      ['iss=', 'issuer_mismatch'],
      [`${right}&${right}`, 'callback_invalid'],
      ['', 'issuer_mismatch'],
    ] as const) {
      const answer = await me.go(`${url}&${query}`)
      expect(new URL(answer.headers.get('location') ?? '').searchParams.get('code'), query).toBe(code)
    }
    expect(sandbox.log.filter(({ place }) => place === 'token')).toEqual([])
    expect((await me.go(`${url}&${right}`)).headers.get('location')).toBe(site)
    expect(await me.session()).toMatchObject({ esign: { vendor: 'private' } })
  })

  it.each(pkceOf)('1.1 · PKCE where it is %s, with the option %s: %s, and never plain', async (pkce, option, sent) => {
    const { visitor } = privateApp({ pkce }, { pkce: option })
    const { searchParams } = new URL(await begin(visitor()))
    expect(searchParams.get('code_challenge_method')).toBe(sent ? 'S256' : null)
    expect(searchParams.has('code_challenge')).toBe(sent)
  })

  it.each([
    ['refused', true],
    ['required', false],
    ['unknown', 'plain'],
  ] as const)('1.1 · PKCE where it is %s, with the option %s: nobody signs in', async (pkce, option) => {
    const { visitor } = privateApp({ pkce }, { pkce: option })
    expect(await begin(visitor())).toBe(`${site}/api/auth/signin?error=Configuration&code=invalid_option`)
  })
})
