import { createClient, insureSign, type Vendor } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'

const owner = { vendor: 'insuresign', owner: 'ada' }
const redirectUri = 'https://app.example/callback'
const hour = 3_600_000

/** The sandbox's vendor, which rotates and detects reuse, and keepers in real time with a client each. */
async function createWorld() {
  let ahead = 0
  const sandbox = createSandbox({ time: () => Date.now() + ahead })
  const { client: registered, switches } = sandbox.vendors.insuresign
  registered.redirectUris.push(redirectUri)
  Object.assign(switches, { rotation: 'always', reuseDetection: true })
  const { clientId, clientSecret } = registered
  const described: Vendor = { ...insureSign, rotation: 'always' } as Vendor
  const newClient = () => createClient(described, { clientId, clientSecret, fetch: sandbox.fetch })
  const store = memoryStore()
  const client = newClient()
  const { url } = await sandbox.approve(client.authorizationUrl({ redirectUri, state: 'a-state' }))
  return {
    keeper: () => createTokenKeeper({ store, clients: [newClient()] }),
    /** Tokens of a sign-in, which have run out. */
    async tokens() {
      const tokens = await client.exchangeCode({ code: new URL(url).searchParams.get('code') ?? '', redirectUri })
      ahead += hour
      return { ...tokens, expires_at: Math.floor(Date.now() / 1000) - 1 }
    },
    posts: () => sandbox.log.filter(({ place, body }) => place === 'token' && body['grant_type'] === 'refresh_token'),
  }
}

describe('many callers with one expired token, at a strict fake vendor and in real time', () => {
  it('1 · 1000 callers: one post, all get the new token, the grant lives', async () => {
    const world = await createWorld()
    const keeper = world.keeper()
    await keeper.adopt(await world.tokens(), owner)
    const answers = await Promise.all(Array.from({ length: 1000 }, () => keeper.access(owner)))
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(world.posts()).toHaveLength(1)
    expect((await keeper.access(owner, { notGeneration: 2 })).generation).toBe(3)
  })

  it('2 · 100 callers of 8 keepers on one store: one post, all get the new token, the grant lives', async () => {
    const world = await createWorld()
    const keepers = Array.from({ length: 8 }, () => world.keeper())
    await keepers[0]?.adopt(await world.tokens(), owner)
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => keepers[i % 8]?.access(owner)))
    expect(new Set(answers.map((answer) => answer?.token)).size).toBe(1)
    expect(world.posts()).toHaveLength(1)
    expect((await keepers[3]?.access(owner, { notGeneration: 2 }))?.generation).toBe(3)
  })
})
