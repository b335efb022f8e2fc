import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { InsureSign, withEsign } from 'esign-auth/authjs'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nextLike, webVisitor } from '../authjs/web-app.ts'

// `test/endurance.ts` measures an hour's traffic through Passport. Here is counted what Auth.js's half of the package
// holds on to.

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

describe('2 · traffic through Auth.js', () => {
  it('2 · leaves nothing behind: of hundreds of sign-ins, a third of them hostile or broken, none is held', {
    timeout: 60_000,
  }, async () => {
    const held: WeakRef<object>[] = []
    const holding = <T extends object>(it: T): T => {
      held.push(new WeakRef(it))
      return it
    }
    const fetch = async (_: unknown, init?: RequestInit) => {
      const code = new URLSearchParams(String(init?.body)).get('code') ?? ''
      if (code.startsWith('cut')) throw new TypeError('fetch failed')
      const tokens = { access_token: `token-of-${code}`, token_type: 'bearer', expires_in: 3600 }
      return holding(Response.json(code.startsWith('odd') ? { error: 'invalid_grant' } : tokens))
    }
    const profile = (told: object, tokens: { access_token?: string }) => {
      holding(told)
      return { id: String(tokens.access_token) }
    }
    const provider = { clientId: 'id', clientSecret: 'a secret of this test', fetch: fetch as never, profile }
    const keeper = createTokenKeeper({ store: memoryStore() })
    onTestFinished(() => keeper.close())
    const host = withEsign(
      nextLike,
      {
        secret: 'an Auth.js secret, long enough for a test',
        trustHost: true,
        providers: [InsureSign(provider)],
        logger: { error: () => {}, warn: () => {} },
      },
      { keeper },
    )
    let signedIn = 0
    const visit = async (nth: number) => {
      const me = webVisitor(host)
      const location = (await me.press('insuresign')).headers.get('location') ?? ''
      const state = new URL(location).searchParams.get('state')
      const kind = (['good', 'good', 'good', 'good', 'cut', 'odd', 'forged'] as const)[nth % 7]
      const query = `code=${kind}-${nth}&state=${kind === 'forged' ? 'forged' : state}`
      // Copies join the exchange that is under way.
      await Promise.all([1, 2].map(() => me.go(`/api/auth/callback/insuresign?${query}`)))
      if (await me.session()) signedIn += 1
    }
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    for (let nth = 0; nth < 350; nth += 7) await Promise.all(Array.from({ length: 7 }, (_, i) => visit(nth + i)))
    expect(signedIn).toBe(200)
    expect(held.length).toBeGreaterThanOrEqual(450)
    // What is collected may wait for others that are.
    const alive = () => held.filter((each) => each.deref() !== undefined).length
    for (let tries = 0; alive() > 0 && tries < 20; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      collect()
    }
    expect(alive()).toBeLessThan(10)
    expect(timers()).toBeLessThanOrEqual(before + 2)
  })
})
