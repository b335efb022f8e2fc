import { createClient, insureSign } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { InsureSignStrategy } from 'esign-auth/passport'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createSealer } from '../../src/oauth/seal.ts'

const purpose = 'a copy of tokens in a session'
const whose = { owner: 'ada', vendor: 'insuresign' }

/** A vendor that gives everybody tokens and notes who asked, and how. */
function vendorOf() {
  const asked: { readonly authorization: string | null; readonly url: string }[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    asked.push({ authorization: new Headers(init?.headers).get('authorization'), url: String(url) })
    return Response.json({ access_token: `a${asked.length}`, token_type: 'bearer', expires_in: 3600 })
  }
  const basic = (secret: string) => `Basic ${btoa(`an-id:${secret}`)}`
  return { asked, basic, options: (secret: string) => ({ clientId: 'an-id', clientSecret: secret, fetch }) }
}

function keeperWith(clients: Parameters<typeof createTokenKeeper>[0] = {}) {
  const keeper = createTokenKeeper({ store: memoryStore(), ...clients })
  onTestFinished(() => keeper.close())
  return keeper
}

const tokens = { access_token: 'an-access-token', refresh_token: 'a-refresh-token', expires_at: 4_000_000_000 }

describe('1.3 · a copy of tokens in a session', () => {
  it('1.3 · is sealed with `cookieSecret`, so that nobody can try client secrets on it', async () => {
    const { options } = vendorOf()
    const client = createClient(insureSign, { ...options('short'), cookieSecret: 'a text that nobody can guess' })
    const keeper = keeperWith()
    const { grant } = await keeper.adopt(tokens, { owner: 'ada', vendor: client })
    const copy = keeper.link(grant)?.copy ?? ''
    expect(await createSealer('short', purpose).open(copy, grant)).toBeUndefined()
    expect(await createSealer('a text that nobody can guess', purpose).open(copy, grant)).toMatchObject({ tokens })
  })

  it('1.3 · of a strategy goes by the `cookieSecret` of the strategy', async () => {
    const { options } = vendorOf()
    const keeper = keeperWith()
    const { clientId: clientID, ...more } = options('short')
    const given = { ...more, clientID, callbackURL: 'https://app.example/callback', keeper, cookieSecret: 'its own' }
    const strategy = new InsureSignStrategy(given, () => undefined)
    const { grant } = await keeper.adopt(tokens, { owner: 'ada', vendor: strategy.client })
    const copy = keeper.link(grant)?.copy ?? ''
    expect(await createSealer('short', purpose).open(copy, grant)).toBeUndefined()
    expect(await createSealer('its own', purpose).open(copy, grant)).toMatchObject({ tokens })
  })

  it('1.3 · opens after a change of the client secret where `cookieSecret` stayed, and counts as none otherwise', async () => {
    for (const [cookieSecret, found] of [
      ['a text that nobody can guess', 'an-access-token'],
      [undefined, undefined],
    ] as const) {
      const { options } = vendorOf()
      const [before, after] = [keeperWith(), keeperWith()]
      const make = (secret: string) => createClient(insureSign, { ...options(secret), cookieSecret })
      const { grant, generation } = await before.adopt(tokens, { owner: 'ada', vendor: make('old') })
      after.addClient(make('new'))
      await after.restore({ grant, generation, ...before.link(grant) })
      expect(
        await after
          .access(whose)
          .then(({ token }) => token)
          .catch(() => undefined),
      ).toBe(found)
    }
  })
})

describe('1.7 · a client secret that is replaced while the process runs', () => {
  it('1.7 · counts for refreshes at once, whoever holds the client of before', async () => {
    const { asked, basic, options } = vendorOf()
    const old = createClient(insureSign, options('old'))
    const keeper = keeperWith({ clients: [old] })
    await keeper.adopt({ ...tokens, expires_at: 1 }, { owner: 'ada', vendor: old })
    await keeper.access(whose)
    keeper.addClient(createClient(insureSign, options('new')))
    const { generation } = await keeper.access(whose)
    await keeper.access(whose, { notGeneration: generation })
    await keeper.access({ owner: 'ada', vendor: old }, { notGeneration: generation + 1 })
    expect(asked.map(({ authorization }) => authorization)).toEqual([basic('old'), basic('new'), basic('new')])
  })

  it('1.7 · counts when a strategy is made anew with it', async () => {
    const { asked, basic, options } = vendorOf()
    const keeper = keeperWith()
    const strategyWith = (secret: string) => {
      const { clientId: clientID, ...more } = options(secret)
      return new InsureSignStrategy(
        { ...more, clientID, callbackURL: 'https://app.example/callback', keeper },
        () => undefined,
      )
    }
    const { client } = strategyWith('old')
    const { grant } = await keeper.adopt({ ...tokens, expires_at: 1 }, { owner: 'ada', vendor: client })
    strategyWith('new')
    await keeper.access(grant)
    expect(asked.map(({ authorization }) => authorization)).toEqual([basic('new')])
  })
})
