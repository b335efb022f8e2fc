/**
 * An hour's traffic in about a minute: the Express example in a process of its own, and here its vendors and its
 * visitors. Thousands of sign-ins and refreshes, a third of them hostile, cut off or at a vendor that fails. Afterwards
 * memory, sockets and whatever waits must be back where they were. Run by `.ci/run`; `ESIGN_AUTH_ENDURANCE_S` is its
 * length in seconds (default 40).
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSandbox, type Fault } from 'esign-auth/sandbox'
import session from 'express-session'
import { createApp } from '../examples/express/app.ts'
import { callbackUrl, vendors } from '../examples/express/vendors.ts'

/** What the process of the app tells of itself. */
interface Figures {
  readonly heap: number
  readonly sockets: number
  readonly timers: number
  readonly sessions: number
  /** States that were used within ten minutes. */
  readonly usedStates: number
}

async function serveApp(): Promise<void> {
  const sessionStore = new session.MemoryStore()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  process.send?.({ url })
  const [options] = (await once(process, 'message')) as [Record<string, object>]
  const setups = vendors.map((vendor) => ({ ...vendor, options: { ...options[vendor.id], timeout: 500 } }))
  const { app } = createApp({ publicUrl: url, sessionSecret: 'of this run', sessionStore, vendors: setups as never })
  server.on('request', app)
  console.error = () => {}
  const measure = async () => {
    const sessions = Object.keys((sessionStore as unknown as { sessions: object }).sessions).length
    await new Promise<void>((resolve) => sessionStore.clear(() => resolve()))
    for (let i = 0; i < 4; i++) {
      globalThis.gc?.()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const active = process.getActiveResourcesInfo()
    const count = (kind: RegExp) => active.filter((each) => kind.test(each)).length
    const home = globalThis as { [key: symbol]: { usedStates?: Map<string, number> } | undefined }
    const figures: Figures = {
      heap: process.memoryUsage().heapUsed,
      sockets: count(/TCPSocketWrap|TLSWrap|TCPSOCKETWRAP/i),
      timers: count(/Timeout/),
      sessions,
      usedStates: home[Symbol.for('esign-auth')]?.usedStates?.size ?? 0,
    }
    process.send?.({ figures })
  }
  process.on('message', (message) => message === 'measure' && void measure())
  process.on('disconnect', () => process.exit())
  process.send?.('ready')
}

async function drive(): Promise<void> {
  const seconds = Number(process.env['ESIGN_AUTH_ENDURANCE_S'] ?? 40)
  const child = fork(import.meta.filename, { execArgv: [...process.execArgv, '--expose-gc'] })
  const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the app died with ${code}`)))
  died.catch(() => {})
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  for (const id of ['insuresign', 'esignglobal'] as const) sandbox.vendors[id].switches.accessToken = 'jwt'
  const options = vendors.map((vendor) => {
    const { clientId: clientID, clientSecret } = sandbox.vendors[vendor.id].register({
      redirectUris: [callbackUrl(url, vendor)],
    })
    return [vendor.id, { clientID, clientSecret, ...listening.options(vendor.id) }] as const
  })
  child.send(Object.fromEntries(options))
  await once(child, 'message')

  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const done: Record<string, number> = {}
  const visit = (path: string, { cookie = '', method = 'GET' } = {}) => ask(agent, url + path, method, cookie)
  const pathOf = (location: string) => location.slice(new URL(location).origin.length)
  let nth = 0

  /** One visitor, from the login to whatever the number holds in store. */
  async function one(): Promise<void> {
    const number = nth++
    const { id } = vendors[number % vendors.length] as (typeof vendors)[number]
    const begun = await visit(`/login/${id}`)
    const kind = kinds[number % kinds.length] as string
    done[kind] = (done[kind] ?? 0) + 1
    const callback = pathOf((await sandbox.approve(begun.location)).url)
    const { cookie } = begun
    switch (kind) {
      case 'forged':
        return void (await visit(callback))
      case 'altered':
        return void (await visit(callback.replace(/state=.{4}/, 'state=zzzz'), { cookie }))
      case 'junk':
        return void (await visit(`/callback/${id}?code=a&code=b&state[]=%00&__proto__[x]=1`, { cookie }))
      case 'abandoned':
        return
      case 'cut':
        return cutOff(url + callback, cookie)
      case 'twice':
        return void (await Promise.all([visit(callback, { cookie }), visit(callback, { cookie })]))
      case 'vendor fails':
        sandbox.vendors[id].faults.add('token', {
          ...(faultsOf[number % faultsOf.length] as Fault),
          where: ({ body }) => body['code'] !== undefined && callback.includes(encodeURIComponent(body['code'])),
        })
        return void (await visit(callback, { cookie }))
      case 'signs in':
        return void mustBe(await visit(callback, { cookie }), 302, '/')
      default: {
        const arrived = await visit(callback, { cookie })
        mustBe(arrived, 302, '/')
        const refreshed = await visit(`/refresh/${id}`, { cookie: arrived.cookie, method: 'POST' })
        mustBe(refreshed, 303, '/')
        return void mustBe(await visit('/sign-out', { cookie: arrived.cookie, method: 'POST' }), 303, '/')
      }
    }
  }

  const figuresNow = async (): Promise<Figures> => {
    agent.destroy()
    for (let tries = 0; ; tries++) {
      child.send('measure')
      const [{ figures }] = (await Promise.race([once(child, 'message'), died])) as [{ figures: Figures }]
      // Idle connections to the vendors are dropped after 15 s.
      if (figures.sockets === 0 || tries >= 10) return figures
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    }
  }
  const traffic = async (ms: number, most = Number.POSITIVE_INFINITY) => {
    const until = performance.now() + ms
    const last = nth + most
    const visitor = async () => {
      while (performance.now() < until && nth < last) await one()
    }
    await Promise.race([Promise.all(Array.from({ length: 8 }, visitor)), died])
  }
  // Caches fill, code is compiled.
  await traffic(60_000, 600)
  const before = await figuresNow()
  await traffic(seconds * 1000)
  const after = await figuresNow()
  const problems = compare(before, after, nth)
  const kindsDone = Object.entries(done).map(([kind, times]) => `${kind} ${times}`)
  console.log(`${nth} visits: ${kindsDone.join(', ')}`)
  console.log(`before ${JSON.stringify(before)}\nafter  ${JSON.stringify(after)}`)
  for (const problem of problems) console.error(`✗ ${problem}`)
  child.kill()
  await listening.close()
  process.exit(problems.length > 0 ? 1 : 0)
}

/** What is not back where it was. */
function compare(before: Figures, after: Figures, visits: number): string[] {
  // Ten minutes' used states are meant to stay: 100 000 of them at most, some 200 bytes each.
  const kept = (after.usedStates - before.usedStates) * 300
  const mostGrowth = 6 * 1_048_576 + kept
  return [
    ...(visits < 1_000 ? [`only ${visits} visits`] : []),
    ...(after.heap - before.heap > mostGrowth ? [`the heap grew by ${after.heap - before.heap} bytes`] : []),
    ...(after.sockets > before.sockets ? [`${after.sockets} sockets are open, ${before.sockets} were`] : []),
    ...(after.timers > before.timers + 2 ? [`${after.timers} timers run, ${before.timers} did`] : []),
    ...(after.usedStates > Math.min(visits * 1.1, 100_000) ? [`${after.usedStates} used states are kept`] : []),
  ]
}

const kinds = [
  ...['signs in', 'refreshes', 'signs in', 'forged', 'refreshes', 'altered', 'signs in', 'vendor fails', 'refreshes'],
  ...['junk', 'signs in', 'cut', 'refreshes', 'twice', 'refreshes', 'signs in', 'abandoned', 'refreshes'],
]
const faultsOf: readonly Fault[] = [
  { answer: 'cut' },
  { answer: 'html' },
  { answer: { status: 500 } },
  { answer: 'cut-body' },
  { answer: 'drip' },
]

function mustBe({ status, location }: Answer, wanted: number, to: string): void {
  if (status !== wanted || location !== to) throw new Error(`answered ${status} ${location}, not ${wanted} ${to}`)
}

interface Answer {
  readonly status: number
  readonly location: string
  /** What the browser has afterwards. */
  readonly cookie: string
}

/** Asks as a browser would that has this cookie, and does not follow. */
function ask(agent: Agent, url: string, method: string, cookie: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method, headers: cookie ? { cookie } : {} }, (answer) => {
      answer.resume().once('end', () => {
        const { statusCode: status = 0, headers } = answer
        resolve({ status, location: headers.location ?? '', cookie: merged(cookie, headers['set-cookie'] ?? []) })
      })
      answer.once('error', reject)
    })
    asked.once('error', reject).end()
  })
}

function merged(cookie: string, lines: readonly string[]): string {
  const jar = new Map(cookie.split('; ').flatMap((pair) => (pair ? [pair.split(/=(.*)/s) as [string, string]] : [])))
  for (const line of lines) {
    const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split(/=(.*)/s)
    if (value === '' || /max-age=0/i.test(line)) jar.delete(name)
    else jar.set(name, value)
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** A visitor whose connection breaks while the app asks the vendor. */
function cutOff(url: string, cookie: string): Promise<void> {
  return new Promise((resolve) => {
    const asked = request(url, { headers: { cookie } })
    asked.once('error', () => {})
    asked.once('close', () => resolve())
    asked.end(() => setTimeout(() => asked.destroy(), 3))
  })
}

if (process.send) await serveApp()
else await drive()
