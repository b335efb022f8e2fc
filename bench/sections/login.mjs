import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { fileURLToPath } from 'node:url'
import { createClient, insureSign } from 'esign-auth'
import { createBrowser } from '../browser.mjs'
import { goal, milliseconds, short, times } from '../figures.mjs'
import { quick, section } from '../section.mjs'
import { inOrderOf, sideBySide, spreadOf } from '../side-by-side.mjs'

const apps = [
  { name: 'passport-oauth2', file: 'passport-oauth2.mjs', login: plain('/login') },
  { name: 'passport-oauth2, again (A/A)', file: 'passport-oauth2.mjs', login: plain('/login') },
  { name: 'floor: Express and node:https by hand', file: 'by-hand.mjs', login: plain('/login') },
  { name: 'esign-auth/passport', file: 'esign-auth-passport.mjs', login: plain('/login'), ours: true },
  { name: 'openid-client/passport (PKCE)', file: 'openid-client.mjs', login: plain('/login') },
  { name: 'grant', file: 'grant.mjs', login: plain('/connect/bench') },
  { name: '@auth/core (@auth/express)', file: 'auth-core.mjs', login: authjs('bench') },
  { name: 'esign-auth/authjs (withEsign)', file: 'esign-auth-authjs.mjs', login: authjs('insuresign'), ours: true },
]
let codes = 0
const bare = ['oauth4webapi', 'arctic', 'simple-oauth2', '@badgateway/oauth2-client']

/** A whole login through Express: start, callback, code exchange, userinfo, session. Each app in a process of its own. */
await section(async ({ origin }) => {
  const running = []
  for (const app of apps) running.push({ ...app, ...(await start(app, origin)) })
  try {
    const results = await measure(running)
    const sealing = await sealingAlone()
    const [first] = results
    const rows = results.map(({ name, begin, login, rate, cpu, rateRatio, cpuRatio }) => [
      name,
      milliseconds(begin),
      milliseconds(login),
      `${short(rate.median)} (${short(rate.low)}–${short(rate.high)})`,
      times(rateRatio),
      milliseconds(cpu),
      times(cpuRatio),
    ])
    const ours = results.find((each) => each.ours)
    return {
      title: 'Whole login through Express',
      text: [
        `Every application is a process of its own with Express and sessions in memory. The browser here asks for the login, takes the code from the vendor at once and returns with it; the application exchanges it over TLS, asks who it is, and signs the user in. \`start\` is the redirect to the vendor, \`login\` all of it, one at a time; logins per second with eight browsers at once; CPU is the application's, per login. Auth.js's flow has one request more (its CSRF token) and no server-side session. Ratios to ${first.name}.`,
        `Of ours, ${milliseconds(sealing)} ms of CPU go into sealing and opening the cookie of the pending login (jose, AES-GCM by WebCrypto), taken by themselves; passport-oauth2 keeps its state in the session instead, in clear.`,
      ],
      tables: [
        {
          columns: ['', 'start, ms', 'login, ms', 'logins/s', `× ${first.name}`, 'CPU, ms', `× ${first.name}`],
          rows: [...rows, ...bare.map((name) => [name, ...Array(6).fill('–')])],
          notes: [`${bare.join(', ')}: clients without an Express half.`],
        },
      ],
      charts: [
        {
          kind: 'bars',
          title: 'Whole login through Express, CPU of the application',
          unit: 'ms',
          bars: results.map(({ name, ours: own, cpu }) => ({ label: name, ours: own, ...inMs(cpu) })),
        },
      ],
      goals: [
        goal(
          'whole login through Express, logins per second × passport-oauth2',
          '≥ 1.0',
          times(ours.rateRatio),
          ours.rateRatio.median >= 1,
          `the pending login is sealed into a cookie and opened again, which costs ${milliseconds(sealing)} ms of CPU; passport-oauth2 leaves its state in the session in clear. jose does the sealing, and stays. The two calls to the vendor cost more by what the table above says. The rest is spread thin over cookies, the strict reading of callback and answers, and promises: a profile shows no function of ours with more than 0.05 ms.`,
        ),
      ],
    }
  } finally {
    for (const { stop } of running) await stop()
  }
})

/** What our cookies add: one pending login sealed and opened, CPU. */
async function sealingAlone() {
  const { sealer } = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a'.repeat(48) })
  const login = { state: 's'.repeat(43), startedAt: Date.now(), redirectUri: 'https://app.example/callback' }
  const { seal, open } = sealer('a pending login')
  const run = async (count) => {
    for (let i = 0; i < count; i++) await open(await seal(login, 'a name'), 'a name')
  }
  const [{ cpu }] = await sideBySide([{ name: 'sealing', run }], { rounds: 15, times: 200, warmUp: 1_000 })
  return cpu
}

async function start({ name, file }, origin) {
  const child = fork(fileURLToPath(new URL(`../apps/${file}`, import.meta.url)), {
    env: { ...process.env, VENDOR: origin, CLIENT: `login-${apps.findIndex((each) => each.name === name)}` },
    execArgv: [],
  })
  const [{ port }] = await once(child, 'message')
  return {
    base: `http://127.0.0.1:${port}`,
    agent: new http.Agent({ keepAlive: true }),
    async cpu() {
      child.send('cpu')
      return (await once(child, 'message'))[0].cpu
    },
    async stop() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** Rounds of logins one at a time, then eight at a time, the applications taking turns. */
async function measure(running) {
  const [rounds, each] = quick ? [7, 16] : [25, 48]
  const samples = new Map(running.map(({ name }) => [name, { begin: [], login: [], rate: [], cpu: [] }]))
  for (const app of running) await many(app, quick ? 100 : 1_500, 8)
  for (let round = 0; round < rounds; round++) {
    for (const app of inOrderOf(round, running)) {
      const sample = samples.get(app.name)
      await app.cpu()
      const alone = await many(app, each, 1)
      const together = performance.now()
      await many(app, each, 8)
      sample.rate.push(each / ((performance.now() - together) / 1000))
      sample.cpu.push((await app.cpu()) / (2 * each))
      sample.begin.push(spreadOf(alone.map(({ begin }) => begin)).median * 1000)
      sample.login.push(spreadOf(alone.map(({ login }) => login)).median * 1000)
    }
  }
  const first = samples.get(running[0].name)
  return running.map(({ name, ours }) => {
    const { begin, login, rate, cpu } = samples.get(name)
    return {
      name,
      ours,
      begin: spreadOf(begin),
      login: spreadOf(login),
      rate: spreadOf(rate),
      cpu: spreadOf(cpu),
      rateRatio: spreadOf(rate.map((value, round) => value / first.rate[round])),
      cpuRatio: spreadOf(cpu.map((value, round) => value / first.cpu[round])),
    }
  })
}

/** `count` logins, `width` at a time; milliseconds of each. */
async function many(app, count, width) {
  const done = []
  let left = count
  const one = async () => {
    while (left-- > 0) {
      const from = performance.now()
      const begin = await app.login(createBrowser(app.base, app.agent)).catch((error) => {
        throw new Error(`${app.name}: ${error.message}`)
      })
      done.push({ begin: begin - from, login: performance.now() - from })
    }
  }
  await Promise.all(Array.from({ length: width }, one))
  return done
}

/** @returns a login that ends signed in, or throws; it tells when the redirect to the vendor was there. */
function plain(path) {
  return async (browser) => {
    const { location } = await browser.get(path)
    const begin = performance.now()
    let answer = await browser.get(callbackOf(location))
    if (answer.location?.endsWith('/signed-in')) answer = await browser.get(answer.location)
    if (!answer.location?.endsWith('/in'))
      throw new Error(`${path}: ${answer.status} ${answer.location} ${answer.text}`)
    return begin
  }
}

function authjs(id) {
  return async (browser) => {
    const { csrfToken } = JSON.parse((await browser.get('/auth/csrf')).text)
    const { location } = await browser.post(`/auth/signin/${id}`, { csrfToken, callbackUrl: '/in' })
    const begin = performance.now()
    const answer = await browser.get(callbackOf(location))
    if (!answer.location?.endsWith('/in')) throw new Error(`${id}: ${answer.status} ${answer.location}`)
    return begin
  }
}

/** What the vendor would send the browser to once the user has agreed. */
function callbackOf(location) {
  const { searchParams } = new URL(location)
  const query = new URLSearchParams({ code: `code-${++codes}`, state: searchParams.get('state') })
  return `${searchParams.get('redirect_uri')}?${query}`
}

function inMs({ median, low, high }) {
  return { median: median / 1000, low: low / 1000, high: high / 1000 }
}
