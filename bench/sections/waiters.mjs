import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { createClient, insureSign } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { placeOf } from '../contenders/index.mjs'
import nodeHttps from '../contenders/node-https.mjs'
import { goal, short } from '../figures.mjs'
import { quick, section } from '../section.mjs'
import { inOrderOf, spreadOf } from '../side-by-side.mjs'

const serverMs = 20
const counts = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]

/** Many callers in one process wait for one refresh, which the server answers after 20 ms. */
await section(async ({ origin }) => {
  const crowds = [lonely(origin), sharedByHand(origin), kept(origin), badgateway(origin)]
  const results = new Map()
  // As in a server that has answered thousands: whatever is compiled while it runs is compiled by now.
  for (const crowd of crowds) for (let i = 0; i < 5; i++) await once(crowd, 10_000)
  for (const count of counts) results.set(count, await measure(crowds, count))
  const rows = crowds.slice(1).map(({ name }) => [
    name,
    ...counts.flatMap((count) => {
      const { beyond, cpu, each } = results.get(count).get(name)
      return [spread(beyond), spread(cpu), short(each.median)]
    }),
  ])
  const ours = results.get(1_000).get('esign-auth: keeper')
  return {
    title: 'Callers who wait for one refresh',
    text: [
      `One expired token, N callers at once in one process, a server that answers after ${serverMs} ms: what the last caller waits beyond one lonely refresh of the same client, CPU beyond it, and microseconds of CPU per caller. Whoever has no single flight is in the stampede below.`,
    ],
    tables: [
      {
        columns: [
          '',
          ...counts.flatMap((count) => [
            `${count.toLocaleString('en-US')}: beyond, ms`,
            'CPU beyond, ms',
            'µs per caller',
          ]),
        ],
        rows,
      },
    ],
    charts: [
      {
        kind: 'curve',
        title: 'Waiters: CPU per caller as their number grows',
        x: 'callers',
        unit: 'µs',
        series: crowds.slice(1).map(({ name, ours: own }) => ({
          label: name,
          ours: own,
          points: counts.map((count) => [count, Math.max(0.1, results.get(count).get(name).each.median)]),
        })),
      },
    ],
    goals: [
      goal(
        '1000 waiters on one refresh, beyond the server',
        '≤ 3 ms, ≤ 2 ms CPU',
        `${short(ours.beyond.median)} ms, ${short(ours.cpu.median)} ms CPU`,
        ours.beyond.median <= 3 && ours.cpu.median <= 2,
        'most of it is there with one caller too: the lease, the write before the answer is used, and the checks of a refresh. The curve shows what a caller more costs.',
      ),
    ],
  }
})

/** In each round every crowd once, in turn; what a lonely refresh takes in that round is taken off. */
async function measure(crowds, count) {
  const rounds = quick ? 9 : count > 50_000 ? 11 : 25
  const samples = new Map(crowds.map(({ name }) => [name, { beyond: [], cpu: [], each: [] }]))
  for (const crowd of crowds) await once(crowd, count)
  for (let round = 0; round < rounds; round++) {
    const taken = new Map()
    for (const crowd of inOrderOf(round, crowds)) taken.set(crowd.name, await once(crowd, count))
    const alone = taken.get(crowds[0].name)
    for (const [name, { wall, cpu }] of taken) {
      samples.get(name).beyond.push(wall - alone.wall)
      samples.get(name).cpu.push(cpu - alone.cpu)
      samples.get(name).each.push(((cpu - alone.cpu) * 1000) / count)
    }
  }
  return new Map(
    [...samples].map(([name, { beyond, cpu, each }]) => [
      name,
      { beyond: spreadOf(beyond), cpu: spreadOf(cpu), each: spreadOf(each) },
    ]),
  )
}

async function once({ expire, ask, lonely: isLonely }, count) {
  await expire()
  globalThis.gc?.()
  const cpu = process.cpuUsage()
  const start = performance.now()
  await Promise.all(Array.from({ length: isLonely ? 1 : count }, ask))
  const wall = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  return { wall, cpu: (user + system) / 1000 }
}

function lonely(origin) {
  const { refresh } = nodeHttps.create(placeOf({ name: 'lonely' }, origin, `/after/${serverMs}`))
  return { name: 'one lonely refresh', lonely: true, expire() {}, ask: () => refresh('an-old-refresh-token') }
}

function sharedByHand(origin) {
  const { refresh } = nodeHttps.create(placeOf({ name: 'by-hand' }, origin, `/after/${serverMs}`))
  let shared
  return {
    name: 'floor: one promise shared by hand',
    expire() {
      shared = undefined
    },
    async ask() {
      shared ??= refresh('an-old-refresh-token')
      return (await shared).access_token
    },
  }
}

function kept(origin) {
  const { clientId, clientSecret, token } = placeOf({ name: 'kept' }, origin, `/after/${serverMs}`)
  const client = createClient(insureSign, { clientId, clientSecret, endpoints: { token } })
  const keeper = createTokenKeeper({ store: memoryStore(), clients: [client] })
  const owner = { vendor: 'insuresign', owner: 'ada' }
  let link
  return {
    name: 'esign-auth: keeper',
    ours: true,
    async expire() {
      const expires_at = Math.floor(Date.now() / 1000) - 1
      link = await keeper.adopt({ access_token: 'old', refresh_token: 'old', expires_at }, owner)
    },
    ask: () => keeper.access(link),
  }
}

function badgateway(origin) {
  const { clientId, clientSecret, token } = placeOf({ name: 'badgateway' }, origin, `/after/${serverMs}`)
  const old = { accessToken: 'old', refreshToken: 'old', expiresAt: 1 }
  let keeping
  return {
    name: '@badgateway/oauth2-client: OAuth2Fetch',
    expire() {
      keeping = new OAuth2Fetch({
        client: new OAuth2Client({ clientId, clientSecret, tokenEndpoint: token }),
        getNewToken: () => null,
        getStoredToken: () => old,
        scheduleRefresh: false,
      })
    },
    ask: () => keeping.getAccessToken(),
  }
}

function spread({ median, low, high }) {
  return `${short(median)} (${short(low)}–${short(high)})`
}
