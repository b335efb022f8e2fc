import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import * as all from 'esign-auth'
import {
  type Client,
  type CodeExchange,
  createClient,
  EsignAuthError,
  type GrantType,
  type Vendor,
  vendors,
} from 'esign-auth'
import { createTokenKeeper } from 'esign-auth/keeper'
import * as strategies from 'esign-auth/passport'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sourcesOf } from '../docs/sources.ts'
import { fakeOf, type Settings, settingsOf } from './any-vendor.ts'
import { createVirtualClock } from './keeper/virtual-clock.ts'

// What every vendor must be able to do, run against its strict fake. A new vendor is tested here without a line in this
// file: one descriptor, one fake, one line in each index.

const redirectUri = 'https://app.example/callback'
const files = readdirSync(new URL('../src/vendors', import.meta.url)).filter((file) => file !== 'index.ts')
const grants: readonly GrantType[] = ['authorization_code', 'refresh_token', 'client_credentials']

describe('the list of vendors', () => {
  it.each(files)('src/vendors/%s exports a vendor that stands in the list', (file) => {
    const id = file.replace(/\.ts$/, '')
    const found = vendors.find((vendor) => vendor.id === id)
    expect(found, `src/vendors/${file}: no vendor with the id ${id} in src/vendors/index.ts`).toBeDefined()
    expect(Object.values(all), `src/vendors/${file}: its vendor is not exported from src/index.ts`).toContain(found)
  })

  it('has no vendor without a file, and none twice', () => {
    expect(vendors.map(({ id }) => `${id}.ts`).sort()).toEqual([...files].sort())
  })
})

describe.each(vendors.map((vendor) => [vendor.id, vendor] as const))('%s', (id, vendor) => {
  it('says where its facts were read', () => {
    expect(sourcesOf(id).length, `src/vendors/${id}.ts: no @see above the vendor`).toBeGreaterThan(0)
    for (const { url } of sourcesOf(id)) expect(new URL(url).protocol).toBe('https:')
  })

  it('says how sure they are', () => {
    expect(vendor.confidence, `src/vendors/${id}.ts: confidence`).toBeDefined()
  })

  it('has a strategy of its name', () => {
    const made = Object.values(strategies).flatMap((exported) => strategyName(exported, vendor))
    expect(made, `src/passport/index.ts: no strategy for ${id}`).toContain(id)
  })

  it('has a strict fake', () => {
    expect(fakeOf(createSandbox(), id)).toBeDefined()
  })

  describe.each(settingsOf(vendor))('with the settings %j', (settings) => {
    it('signs somebody in: authorization URL, consent, code exchange', async () => {
      const { client, sandbox } = start(vendor, settings)
      const exchange = await consent(client, sandbox)
      expect(exchange.state).toBe('a-state-of-this-test')
      const tokens = await client.exchangeCode(exchange)
      expect(tokens.access_token).toMatch(/^[\x21-\x7e]+$/)
      expect(refusals(sandbox)).toEqual([])
    })

    if ((vendor.accessLifetime ?? 0) < 366 * 86_400)
      it('says when the access token runs out', async () => {
        const tokens = await signIn(start(vendor, settings))
        const seconds = Math.floor(Date.now() / 1000)
        expect(tokens.expires_at).toBeGreaterThan(seconds + 30)
        expect(tokens.expires_at).toBeLessThan(seconds + 366 * 86_400)
      })
    else
      it('has access tokens that a keeper hands out for years', async () => {
        const started = start(vendor, settings)
        const clock = createVirtualClock()
        const keeper = createTokenKeeper({ clients: [started.client], clock })
        const tokens = await signIn(started)
        await keeper.adopt(tokens, { vendor: started.client, owner: 'an-owner' })
        clock.jump(20 * 365 * 86_400_000)
        const { token } = await keeper.access({ owner: 'an-owner', vendor: id })
        expect(token).toBe(tokens.access_token)
        expect(refusals(started.sandbox)).toEqual([])
      })

    if (vendor.confidence === 'token-only')
      it('says clearly that it does not know who signed in', async () => {
        const started = start(vendor, settings)
        const asked = started.client.identify(await signIn(started))
        await expect(asked).rejects.toMatchObject({ code: 'identity_unknown' })
      })
    else
      it('knows who signed in, and which hosts serve this user', async () => {
        const started = start(vendor, settings)
        const tokens = await signIn(started)
        const { vendorState, ...user } = await started.client.identify(tokens)
        const [first] = fakeOf(started.sandbox, id).users
        expect(user).toMatchObject({ id: first?.id, email: first?.email })
        const vendor_state = { ...tokens.vendor_state, ...vendorState }
        const hosts = started.client.apiOf({ vendor_state })
        expect(hosts.length, `src/vendors/${id}.ts: api`).toBeGreaterThan(0)
        for (const origin of hosts) expect(new URL(origin).protocol).toBe('https:')
        expect(refusals(started.sandbox)).toEqual([])
      })

    if (vendor.endpoints(settings).revocation !== undefined)
      it('revokes: what was revoked is good no more', async () => {
        const started = start(vendor, settings)
        const tokens = await signIn(started)
        await started.client.revoke(tokens)
        expect(refusals(started.sandbox)).toEqual([])
        await expect(started.client.refresh(tokens)).rejects.toMatchObject({ sent: 'answered' })
      })
    else
      it('says clearly that it cannot revoke', async () => {
        const { client, sandbox } = start(vendor, settings)
        await expect(client.revoke({ access_token: 'x' })).rejects.toMatchObject({ code: 'unsupported', sent: 'no' })
        expect(sandbox.log).toEqual([])
      })

    const { codeLifetime } = vendor
    if (codeLifetime)
      it('knows how long a code lives', async () => {
        const { client, sandbox } = start(vendor, settings)
        const [late, good] = [await consent(client, sandbox), await consent(client, sandbox)]
        sandbox.clock.advance(codeLifetime * 1000 - 1000)
        await client.exchangeCode(good)
        sandbox.clock.advance(1000)
        await expect(client.exchangeCode(late)).rejects.toMatchObject({ sent: 'answered' })
      })

    if (vendor.token.fields.refresh_token)
      it('refreshes, again and again', async () => {
        const started = start(vendor, settings)
        let tokens = await signIn(started)
        for (let round = 0; round < 3; round++) {
          const { access_token, refresh_token } = tokens
          tokens = await started.client.refresh(tokens)
          expect(tokens.access_token).not.toBe(access_token)
          if (vendor.rotation === 'never') expect(tokens.refresh_token).toBe(refresh_token)
        }
        expect(refusals(started.sandbox)).toEqual([])
      })

    if (vendor.token.fields.refresh_token)
      it('is kept fresh by a keeper: one refresh for all who wait, and a new sign-in once the vendor says no', async () => {
        const started = start(vendor, settings)
        const { client, sandbox } = started
        const keeper = createTokenKeeper({ clients: [client] })
        onTestFinished(() => keeper.close())
        const target = { owner: 'an-owner', vendor: id }
        await keeper.adopt(await signIn(started), { vendor: client, owner: 'an-owner' })
        const refused = await keeper.access(target)
        const before = sandbox.log.length
        const waiting = [1, 2, 3, 4].map(() => keeper.access(target, { notGeneration: refused.generation }))
        const [fresh, ...others] = await Promise.all(waiting)
        expect(fresh?.token).not.toBe(refused.token)
        for (const { token } of others) expect(token).toBe(fresh?.token)
        expect(sandbox.log.length - before).toBe(1)
        const fake = fakeOf(sandbox, id)
        fake.revokeUser(fake.users[0]?.id ?? '')
        const denied = keeper.access(target, { notGeneration: fresh?.generation ?? 0 })
        await expect(denied).rejects.toMatchObject({ code: 'reauth_required' })
      })

    if (vendor.token.fields.client_credentials)
      it('gets tokens for the app itself', async () => {
        const { client, sandbox } = start(vendor, settings)
        const tokens = await client.clientCredentials()
        expect(tokens.access_token).toBeTruthy()
        expect(refusals(sandbox)).toEqual([])
      })

    it('uses the secret at no other place than the token endpoint', async () => {
      const started = start(vendor, settings)
      await signIn(started)
      const { clientSecret } = started.registered
      for (const request of started.sandbox.log) {
        const asked = JSON.stringify(request)
        const { pathname } = new URL(started.client.endpoints.token)
        if (request.path !== pathname) expect(asked).not.toContain(clientSecret)
        expect(request.url).not.toContain(encodeURIComponent(clientSecret))
      }
    })

    it('refuses a code that was used, with a typed error', async () => {
      const { client, sandbox } = start(vendor, settings)
      const exchange = await consent(client, sandbox)
      await client.exchangeCode(exchange)
      const again = client.exchangeCode(exchange)
      await expect(again).rejects.toBeInstanceOf(EsignAuthError)
      await expect(again).rejects.toMatchObject({ vendor: id, sent: 'answered' })
    })

    it('is not believed with a wrong secret', async () => {
      const { client, sandbox } = start(vendor, settings, { clientSecret: 'a wrong secret of sufficient length' })
      const exchange = await consent(client, sandbox)
      await expect(client.exchangeCode(exchange)).rejects.toMatchObject({ sent: 'answered' })
    })
  })

  it.each(grants.filter((grant) => !vendor.token.fields[grant]))(
    'says clearly that it has no grant %s',
    async (grant) => {
      const { client } = start(vendor, settingsOf(vendor)[0] ?? {})
      const asked = grant === 'client_credentials' ? client.clientCredentials() : client.refresh({ refresh_token: 'x' })
      await expect(asked).rejects.toMatchObject({ code: 'unsupported', sent: 'no' })
    },
  )
})

interface Started {
  readonly client: Client
  readonly sandbox: Sandbox
  readonly registered: { readonly clientId: string; readonly clientSecret: string }
}

function start(vendor: Vendor, settings: Settings, changes: { readonly clientSecret?: string } = {}): Started {
  const sandbox = createSandbox()
  const registered = fakeOf(sandbox, vendor.id).register({
    ...settings,
    redirectUris: [redirectUri],
    // Anything that percent-encoding, form-encoding or quoting would change.
    clientSecret: 'a+secret/with=every%2Fodd:character&"é…0123456789',
  })
  const { clientId } = registered
  const clientSecret = changes.clientSecret ?? registered.clientSecret
  const client = createClient(vendor, { ...settings, clientId, clientSecret, fetch: sandbox.fetch })
  return { client, sandbox, registered }
}

/** What a person's approval brings back to the app. */
async function consent(client: Client, sandbox: Sandbox): Promise<CodeExchange> {
  const codeVerifier = client.pkce ? 'a-verifier-of-this-test-0123456789-0123456789' : undefined
  const codeChallenge = codeVerifier && createHash('sha256').update(codeVerifier).digest('base64url')
  const asked = { redirectUri, state: 'a-state-of-this-test', codeChallenge }
  const { url } = await sandbox.approve(client.authorizationUrl(asked))
  const callback = client.readCallback(url)
  if (!('code' in callback)) throw new Error(`the callback holds ${callback.error}`)
  return { ...callback, redirectUri, codeVerifier }
}

async function signIn({ client, sandbox }: Started) {
  return client.exchangeCode(await consent(client, sandbox))
}

function refusals(sandbox: Sandbox): string[] {
  return sandbox.log.flatMap(({ refusal }) => refusal ?? [])
}

/** The name of a strategy class, if `exported` is one of this vendor. */
function strategyName(exported: unknown, vendor: Vendor): string[] {
  if (typeof exported !== 'function' || !(exported.prototype instanceof strategies.EsignStrategy)) return []
  const Strategy = exported as new (options: object, verify: () => void) => strategies.EsignStrategy
  const options = { clientID: 'id', clientSecret: 'secret', callbackURL: redirectUri, ...settingsOf(vendor)[0] }
  try {
    return [new Strategy(options, () => {}).name]
  } catch {
    return []
  }
}
