import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createSandbox } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it } from 'vitest'
import { openStore } from '../../examples/store.ts'
import { type Browser, createBrowser } from '../examples/rotating-vendor.ts'
import { type StartedExample, startExample } from '../examples/run-example.ts'
import { postgres, redis } from '../servers/needs.ts'
import { somePostgres } from '../servers/postgres.ts'
import { someRedis } from '../servers/redis.ts'

interface Address {
  readonly url: string
  stop(): Promise<void>
}

async function someFile(): Promise<Address> {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-examples-'))
  return { url: `sqlite:${join(folder, 'tokens.db')}`, stop: async () => rmSync(folder, { recursive: true }) }
}

const ends: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

describe.each([
  ['Redis', someRedis, redis.skip],
  ['PostgreSQL', somePostgres, postgres.skip],
  ['a SQLite file', someFile, false],
] as const)('the examples as programs of their own on %s', { timeout: 60_000 }, (_, someStore, skip) => {
  it.skipIf(skip)('two apps and a worker: one refresh for all, and a restart of all keeps logins', async () => {
    const { start, startWorker, sandbox, fake, refreshes, linksOf } = await world(await someStore())
    const [here, there, worker] = [await start(), await start(), await startWorker()]
    // Both at one process: another may serve what it has seen of an earlier sign-in for five seconds.
    const [leaving, staying] = [await signIn(here, sandbox), await signIn(here, sandbox)]
    const owner = `insuresign:${fake.users[0]?.id}`
    expect(await worker.asks([owner])).toEqual([`${owner} has 3 documents`])
    expect(refreshes()).toBe(0)

    // A pointer only, and the refresh does not rewrite it.
    const links = await linksOf(staying)
    expect(links).toEqual({
      insuresign: { grant: expect.any(String), generation: expect.any(Number), owner: expect.any(String) },
    })
    fake.expireAccessTokens()
    const [done, ...pages] = await Promise.all([
      worker.asks(Array(5).fill(owner)),
      ...[here, there].flatMap(({ url }) =>
        Array.from({ length: 25 }, (_, i) => call(url, i % 2 ? leaving.cookies : staying.cookies)),
      ),
    ])
    expect(done).toEqual(Array(5).fill(`${owner} has 3 documents`))
    expect([...new Set(pages)]).toEqual(['200 with documents'])
    expect(refreshes()).toBe(1)

    expect(await linksOf(staying)).toEqual(links)

    await leaving.post('/sign-out')
    expect(await call(there.url, leaving.cookies)).toBe('303')
    expect(await call(here.url, staying.cookies)).toBe('200 with documents')
    expect(await worker.asks([owner])).toEqual([`${owner} has 3 documents`])

    for (const { stop } of [here, there, worker]) expect(await stop()).toBe(0)
    const [again, next] = [await start(), await startWorker()]
    expect(await call(again.url, staying.cookies)).toBe('200 with documents')
    expect(await call(again.url, leaving.cookies)).toBe('303')
    expect(await next.asks([owner])).toEqual([`${owner} has 3 documents`])
    expect(refreshes()).toBe(1)
    fake.expireAccessTokens()
    expect(await next.asks([owner])).toEqual([`${owner} has 3 documents`])
    expect(refreshes()).toBe(2)
  })

  it.skipIf(skip)('npm run demo:worker works there too', async () => {
    const { url, stop } = await someStore()
    ends.push(stop)
    const { code, stdout, stderr } = await startExample('worker/main.ts', [], { ESIGN_AUTH_STORE: url, ...keys }).ended
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toContain('Round 3: Grace Osei has 3 documents\nRound 3: Jonas Lindqvist has to sign in again\n')
  })
})

describe('the switch of the examples', () => {
  it.each([
    [{ ESIGN_AUTH_STORE: 'mongodb://127.0.0.1' }, 'Set ESIGN_AUTH_STORE to redis://…, postgres://… or sqlite:<path>'],
    [{ ESIGN_AUTH_STORE: 'sqlite::memory:' }, 'Set SESSION_SECRET, to the same text for all processes.'],
  ])('%j: says what is wrong', async (env, message) => {
    const { code, stderr } = await startExample('express/demo.ts', [], env).ended
    expect(stderr).toContain(message)
    expect(code).toBe(1)
  })

  it('a shared store without keys is refused', async () => {
    const { url, stop } = await someFile()
    ends.push(stop)
    const env = { ESIGN_AUTH_STORE: url, SESSION_SECRET: 'a secret' }
    const { code, stderr } = await startExample('express/demo.ts', [], env).ended
    expect(stderr).toContain('ESIGN_AUTH_KEYS')
    expect(code).toBe(1)
  })
})

const keys = { ESIGN_AUTH_KEYS: 'tests:a secret of the tests with 32 characters' }

/** A vendor that rotates and detects reuse, and the programs as its client. */
async function world(address: Address) {
  ends.push(() => address.stop())
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  ends.push(() => listening.close())
  const fake = sandbox.vendors.insuresign
  Object.assign(fake.switches, { rotation: 'always', reuseDetection: true, accessToken: 'jwt' })
  const redirectUris: string[] = []
  const { clientId, clientSecret, ...registered } = fake.register({ name: 'Express example', redirectUris })
  const options = listening.options('insuresign')
  const shared = { ESIGN_AUTH_STORE: address.url, ...keys }
  const env = {
    ...shared,
    SESSION_SECRET: 'a secret of the tests',
    AUTH_INSURESIGN_ID: clientId,
    AUTH_INSURESIGN_SECRET: clientSecret,
    AUTH_INSURESIGN_OPTIONS: JSON.stringify(options),
    PORT: '0',
  }
  return {
    ...{ sandbox, fake },
    /** What the session of a browser carries of the keeper's. */
    async linksOf({ cookies }: Browser): Promise<unknown> {
      const opened = await openStore(address.url)
      const id = /^s:([^.]+)/.exec(decodeURIComponent(cookies.get('connect.sid') ?? ''))?.[1]
      const row = await opened?.store.get(`session:${id}`)
      await opened?.close()
      return JSON.parse(new TextDecoder().decode(row?.value))['esign-auth']
    },
    refreshes: () => sandbox.log.filter(({ body }) => body['grant_type'] === 'refresh_token').length,
    async start() {
      const program = startExample('express/demo.ts', [], env)
      const stop = endOf(program)
      const data = once(program.process.stdout as NodeJS.ReadableStream, 'data')
      const said = await Promise.race([data.then(String), program.ended.then(({ stderr }) => stderr)])
      const url = /http:\S+/.exec(said)?.[0]
      if (url === undefined) throw new Error(said)
      registered.redirectUris.push(`${url}/callback/insuresign`)
      return { url, stop }
    },
    async startWorker() {
      const program = join(import.meta.dirname, '../../examples', 'worker/worker.ts')
      const child = spawn(process.execPath, ['--conditions=esign-auth:source', '--import=tsx', program], {
        env: { ...shared, INSURESIGN: JSON.stringify({ clientId, clientSecret, ...options }) },
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      const ended = once(child, 'close')
      ends.push(() => kill(child))
      const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return {
        /** One job for each owner; what came of them. */
        async asks(owners: readonly string[]): Promise<string[]> {
          const lines: string[] = []
          for (const owner of owners) child.stdin.write(`${owner}\n`)
          for (const _ of owners) lines.push((await said.next()).value ?? 'the worker has ended')
          return lines
        },
        async stop() {
          child.stdin.end()
          return (await ended)[0]
        },
      }
    },
  }
}

function endOf({ process: child, ended }: StartedExample): () => Promise<number | null> {
  ends.push(() => kill(child))
  return async () => {
    child.kill('SIGTERM')
    return (await ended).code
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}

async function signIn({ url }: { url: string }, sandbox: ReturnType<typeof createSandbox>): Promise<Browser> {
  const browser = createBrowser(url, new Map())
  const { headers } = await browser.get('/login/insuresign')
  await browser.get((await sandbox.approve(headers.get('location') ?? '')).url)
  return browser
}

/** A call of the vendor's API through the app at `url`, by whoever has these cookies. */
async function call(url: string, cookies: Browser['cookies']): Promise<string> {
  const { status, text } = await createBrowser(url, new Map(cookies)).post('/call/insuresign')
  return text.includes('&#34;documents&#34;') ? `${status} with documents` : String(status)
}
