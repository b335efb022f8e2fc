import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { createClient, insureSign } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { contenders, placeOf } from '../contenders/index.mjs'
import { goal, short } from '../figures.mjs'
import { startFleet } from '../fleet.mjs'
import { quick, section } from '../section.mjs'
import { spreadOf } from '../side-by-side.mjs'
import { stores } from '../stores.mjs'

const counts = [1, 10, 100, 1000]
const sizes = quick ? [1, 4] : [1, 2, 4, 8]
const rotating = '/rotating'
let families = 0

/** N parallel requests with one expired token, at a vendor that rotates refresh tokens and punishes their reuse. */
await section(async (server) => {
  const alone = []
  for (const each of singles(server.origin)) alone.push(await inOneProcess(each, server))
  const fleets = []
  for (const [name, store] of Object.entries(stores)) fleets.push(...(await inProcesses(name, store, server)))
  const ours = alone.find((each) => each.ours)
  const shared = fleets.filter((each) => each.cells)
  const worst = (rows, figure) => Math.max(...rows.flatMap(({ cells }) => cells.map((cell) => cell[figure])))
  return {
    title: 'Stampede: many requests with one expired token',
    text: [
      'The vendor gives a new refresh token at every refresh and kills the login when an old one comes again. `refreshes / failed`: calls to the token endpoint, and requests that got no token; one and none is right. Clients without a keeper run the code their users write: token expired, so refresh it.',
    ],
    tables: [
      {
        columns: ['one process', ...counts.map((count) => `N = ${count}`)],
        rows: alone.map(({ name, cells }) => [name, ...counts.map((_, place) => calls(cells[place]))]),
        notes: ['@auth/core, grant: do not refresh.', ...(quick ? ['Bare clients: N = 1000 not in a quick run.'] : [])],
      },
      {
        columns: ['several processes, one store', ...counts.map((count) => `N = ${count}`), 'ms, N = 1000'],
        rows: fleets.map(({ name, cells, why }) =>
          cells ? [name, ...cells.map(calls), short(cells.at(-1).ms)] : [name, ...counts.map(() => '–'), why],
        ),
        notes: ['`refreshes` of the worst of all rounds; `ms` until the last process has its tokens, median.'],
      },
    ],
    charts: [
      {
        kind: 'curve',
        title: 'Stampede: refresh calls as requests grow',
        x: 'requests',
        unit: 'calls',
        series: alone.map(({ name, ours: own, cells }) => ({
          label: name,
          ours: own,
          points: cells.map(({ posts }, place) => [counts[place], posts]),
        })),
      },
      ...(shared.length > 0 ? [curveOfProcesses(shared)] : []),
    ],
    goals: [
      goal(
        'refresh calls and failures for N = 1…1000 requests, one process',
        '1; 0',
        `${worst([ours], 'posts')}; ${worst([ours], 'failed')}`,
        worst([ours], 'posts') === 1 && worst([ours], 'failed') === 0,
      ),
      goal(
        `the same in ${sizes[0]}…${sizes.at(-1)} processes on one store`,
        '1; 0',
        shared.length > 0 ? `${worst(shared, 'posts')}; ${worst(shared, 'failed')}` : '–',
        shared.length > 0 ? worst(shared, 'posts') === 1 && worst(shared, 'failed') === 0 : undefined,
      ),
    ],
  }
})

function calls(cell) {
  return cell ? `${cell.posts} / ${cell.failed}` : '–'
}

/** `begin(family)` gives the request that each of N callers makes. */
function singles(origin) {
  const naive = contenders
    .filter(({ name, missing }) => !missing?.refresh && !name.includes('again'))
    .filter(({ ours }) => !ours)
    .map((each) => {
      const place = placeOf(each, origin, rotating)
      const client = each.create(place)
      return {
        name: each.name,
        bare: true,
        clientId: place.clientId,
        begin: (family) => () => client.refresh(`${family}.0`),
      }
    })
  const { clientId, clientSecret, token } = placeOf({ name: 'stampede' }, origin, rotating)
  const vendor = { ...insureSign, rotation: 'always' }
  const client = createClient(vendor, { clientId, clientSecret, endpoints: { token } })
  const keeper = createTokenKeeper({ store: memoryStore(), clients: [client] })
  const ours = {
    name: 'esign-auth: keeper',
    ours: true,
    clientId,
    async begin(family) {
      const expires_at = Math.floor(Date.now() / 1000) - 1
      const whose = { vendor: 'insuresign', owner: family }
      const link = await keeper.adopt({ access_token: 'old', refresh_token: `${family}.0`, expires_at }, whose)
      return () => keeper.access(link)
    },
  }
  return [ours, keeping(origin), ...naive]
}

function keeping(origin) {
  const { clientId, clientSecret, token } = placeOf({ name: 'stampede-badgateway' }, origin, rotating)
  return {
    name: '@badgateway/oauth2-client: OAuth2Fetch',
    clientId,
    begin(family) {
      const old = { accessToken: 'old', refreshToken: `${family}.0`, expiresAt: 1 }
      const one = new OAuth2Fetch({
        client: new OAuth2Client({ clientId, clientSecret, tokenEndpoint: token }),
        getNewToken: () => null,
        getStoredToken: () => old,
        scheduleRefresh: false,
      })
      return () => one.getAccessToken()
    },
  }
}

async function inOneProcess({ name, ours, bare, clientId, begin }, server) {
  const cells = []
  // A thousand connections each take their time.
  for (const count of counts.filter((each) => !(quick && bare) || each <= 100)) {
    await server.forget()
    const request = await begin(`family${++families}`)
    const answers = await Promise.allSettled(Array.from({ length: count }, request))
    const { posts } = (await server.counts())[clientId]
    cells.push({ posts, failed: answers.filter(({ status }) => status === 'rejected').length })
  }
  return { name, ours, cells }
}

/** The several-process driver: fleets of keepers on one store; each round a new grant that has run out. */
async function inProcesses(name, store, server) {
  const why = store.lacks()
  if (why) return [{ name, why }]
  const running = await store.start()
  if (!running) return [{ name, why: 'its server is not on this machine' }]
  const rows = []
  try {
    const first = await store.connect(running.address)
    await first.createTable?.()
    await first.close()
    for (const size of sizes) {
      const fleet = await startFleet(size, { store: name, address: running.address, origin: server.origin })
      const cells = []
      for (const count of counts) cells.push(await roundsOf(fleet, count, server))
      await fleet.close()
      rows.push({ name: `${name}, ${size} process${size > 1 ? 'es' : ''}`, store: name, size, cells })
    }
  } finally {
    await running.stop()
  }
  return rows
}

async function roundsOf(fleet, count, server) {
  const rounds = quick ? 3 : 15
  const all = []
  for (let round = 0; round < rounds; round++) {
    const family = `family${++families}`
    await fleet.adopt(family)
    await server.forget()
    const answers = await fleet.ask(family, count)
    const { posts } = (await server.counts()).fleet
    const failed = answers.reduce((sum, answer) => sum + answer.failed, 0)
    all.push({ posts, failed, ms: Math.max(...answers.map(({ ms }) => ms)) })
  }
  return {
    posts: Math.max(...all.map(({ posts }) => posts)),
    failed: Math.max(...all.map(({ failed }) => failed)),
    ms: spreadOf(all.map(({ ms }) => ms)).median,
  }
}

function curveOfProcesses(shared) {
  const names = [...new Set(shared.map(({ store }) => store))]
  return {
    kind: 'curve',
    title: 'Stampede of 1000 on one store as processes grow',
    x: 'processes',
    unit: 'ms',
    series: names.map((name) => ({
      label: name,
      ours: true,
      points: shared.filter(({ store }) => store === name).map(({ size, cells }) => [size, cells.at(-1).ms]),
    })),
  }
}
