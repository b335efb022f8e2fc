import { type Vendor, vendors } from 'esign-auth'
import { createSandbox, type Sandbox, type SandboxCallback } from 'esign-auth/sandbox'
import { createSignIn, type SignIn } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { fakeOf, type Settings, settingsOf } from '../any-vendor.ts'
import { callbackUrl, newKeeper, site } from './app.ts'

describe.each(vendors.map((vendor) => [vendor.id, vendor] as const))('esign-auth/web and %s', (id, vendor) => {
  describe.each(settingsOf(vendor))('with the settings %j', (settings) => {
    it('signs in, knows who it is, and calls the vendor with a token that it refreshes', async () => {
      const { sandbox, signIn, keeper } = start(vendor, settings)
      const { owner, identity, link, headers } = await signIn.finish(await come(signIn, sandbox.approve))
      const [user] = fakeOf(sandbox, id).users
      if (vendor.confidence !== 'token-only') {
        expect(identity?.id).toBe(user?.id)
        expect(identity?.email?.toLowerCase()).toBe(user?.email.toLowerCase())
      }
      expect(owner).toMatch(new RegExp(`^${id}:.*${identity?.id}$`))
      expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-.*=; Max-Age=0;/)])
      expect(sandbox.log.flatMap(({ refusal }) => refusal ?? [])).toEqual([])
      if (!vendor.token.fields.refresh_token || !link) return
      const { generation, token } = await keeper.access(link)
      const fresh = await keeper.access({ owner, vendor: id }, { notGeneration: generation })
      expect(fresh.token).not.toBe(token)
      expect(sandbox.log.flatMap(({ refusal }) => refusal ?? [])).toEqual([])
    })

    it('says that access was denied, and ends the cookie', async () => {
      const { sandbox, signIn, keeper } = start(vendor, settings)
      await expect(signIn.finish(await come(signIn, sandbox.deny))).rejects.toSatisfy((failure) => {
        expect(failure).toMatchObject({ code: 'access_denied', vendor: id })
        expect(failure.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-.*=; Max-Age=0;/)])
        return true
      })
      expect(keeper.adopt).not.toHaveBeenCalled()
    })
  })
})

/** Begins a login, and is the request with which the browser comes back from the vendor. */
async function come(signIn: SignIn, decide: Sandbox['approve' | 'deny']): Promise<Request> {
  const begun = await signIn.begin(new Request(`${site}/login`))
  const { url, method, body }: SandboxCallback = await decide(begun.headers.get('location') ?? '')
  const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  return new Request(url, { method, ...(body && { body }), headers: { cookie } })
}

function start(vendor: Vendor, settings: Settings) {
  const sandbox = createSandbox()
  const { clientId, clientSecret } = fakeOf(sandbox, vendor.id).register({ ...settings, redirectUris: [callbackUrl] })
  // Where nothing tells who the user is, the application has to.
  const profile = vendor.confidence === 'token-only' ? { profile: () => ({ id: 'a user of this test' }) } : {}
  const keeper = newKeeper()
  const signIn = createSignIn(vendor, {
    ...settings,
    ...{ clientId, clientSecret, callbackUrl, keeper, fetch: sandbox.fetch as typeof globalThis.fetch },
    ...profile,
  })
  return { sandbox, signIn, keeper }
}
