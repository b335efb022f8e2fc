import { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client'
import { OAuth2Tokens } from 'arctic'
import { createClient, expiresIn, insureSign } from 'esign-auth'
import { createTokenKeeper } from 'esign-auth/keeper'
import { AuthorizationCode } from 'simple-oauth2'
import { goal, short, times } from '../figures.mjs'
import { quick, section } from '../section.mjs'
import { sideBySide } from '../side-by-side.mjs'

const credentials = { clientId: 'bench', clientSecret: 'a-secret-of-usual-length' }
const hour = 3600
const ask = 'esign-auth: expiresIn(tokens)'

/** The question every request asks: is the token still fresh? Asked at once, and awaited. */
await section(async ({ origin }) => {
  const synchronous = await measure(await looks())
  const awaited = await measure(await accesses(origin))
  const look = synchronous.find(({ name }) => name === ask)
  const access = awaited.find((each) => each.ours)
  const rows = (results) => results.map(({ name, wall, wallRatio }) => [name, nanoseconds(wall), times(wallRatio)])
  return {
    title: 'Is the token still fresh?',
    text: [
      'Asked of one token that has an hour left. Awaited figures hold a turn of the microtask queue, as any `await` does.',
    ],
    tables: [
      { columns: ['asked at once', 'ns', '× floor'], rows: rows(synchronous) },
      {
        columns: ['awaited', 'ns', '× floor'],
        rows: rows(awaited),
        notes: [
          'passport-oauth2, oauth4webapi, @auth/core, grant: keep no tokens. openid-client: tells the seconds left, and asks nobody.',
        ],
      },
    ],
    charts: [bars('Still fresh? asked at once', synchronous), bars('Still fresh? awaited', awaited)],
    goals: [
      goal(
        'still fresh, asked at once',
        '≤ 65 ns',
        `${ns(look)} ns`,
        ns(look) <= 65,
        'a call of the clock is most of it, for the floor too.',
      ),
      goal(
        'still fresh, awaited',
        '≤ 115 ns',
        `${ns(access)} ns`,
        ns(access) <= 115,
        'the floor takes most of that for its `await`; the rest finds the record of the session, looks at both clocks (a machine may have slept), and sees that the link is alive, of this vendor and of this generation.',
      ),
    ],
  }
})

async function looks() {
  const tokens = { access_token: 'a', expires_at: Math.floor(Date.now() / 1000) + hour }
  const simple = new AuthorizationCode({
    client: { id: 'a', secret: 'b' },
    auth: { tokenHost: 'https://127.0.0.1' },
  }).createToken({ access_token: 'a', expires_in: hour })
  const arctic = new OAuth2Tokens({ access_token: 'a', token_type: 'Bearer', expires_in: hour })
  const byHand = () => Date.now() < tokens.expires_at * 1000
  const list = [
    { name: 'floor: a comparison by hand', ask: byHand },
    { name: 'floor, again (A/A)', ask: () => Date.now() < tokens.expires_at * 1000 },
    ...(await ownLook()),
    { name: ask, ours: true, ask: () => expiresIn(tokens) > 0 },
    { name: 'simple-oauth2: token.expired()', ask: () => !simple.expired() },
    { name: 'arctic: accessTokenExpiresAt()', ask: () => arctic.accessTokenExpiresAt().getTime() > Date.now() },
  ]
  return list.map((each) => ({ ...each, run: repeat(each.ask) }))
}

/** The keeper's own look at an opened record, which stands before everything it awaits. */
async function ownLook() {
  const { openedRecords } = await import('../node_modules/esign-auth/inside/keeper/record-cache.js')
  const clock = { now: Date.now, monotonic: () => performance.now() }
  const opened = openedRecords(clock, hour * 1000)
  const id = 'a'.repeat(64)
  opened.wrote(id, { state: 'ok', refreshAfter: Date.now() + hour * 1000 }, opened.begin())
  return [{ name: "esign-auth: the keeper's look (inside)", ours: true, ask: () => opened.look(id) !== undefined }]
}

async function accesses(origin) {
  const client = createClient(insureSign, credentials)
  const keeper = createTokenKeeper({ clients: [client], cache: hour * 1000 })
  const expires_at = Math.floor(Date.now() / 1000) + hour
  const owner = { vendor: 'insuresign', owner: 'ada' }
  const link = await keeper.adopt({ access_token: 'a-token', refresh_token: 'r', expires_at }, owner)
  const tokens = { accessToken: 'a-token', refreshToken: 'r', expiresAt: Date.now() + hour * 1000 }
  const keeping = new OAuth2Fetch({
    client: new OAuth2Client({ ...credentials, tokenEndpoint: `${origin}/token` }),
    getNewToken: async () => tokens,
    getStoredToken: () => tokens,
    scheduleRefresh: false,
  })
  await keeping.getAccessToken()
  const byHand = async () => (Date.now() < expires_at * 1000 ? tokens : undefined)
  const list = [
    { name: 'floor: an async function by hand', ask: byHand },
    { name: 'floor, again (A/A)', ask: async () => (Date.now() < expires_at * 1000 ? tokens : undefined) },
    { name: "esign-auth: keeper.access(a session's link)", ours: true, ask: () => keeper.access(link) },
    { name: 'esign-auth: keeper.access({ owner, vendor })', ask: () => keeper.access(owner) },
    { name: '@badgateway/oauth2-client: OAuth2Fetch.getAccessToken()', ask: () => keeping.getAccessToken() },
  ]
  return list.map((each) => ({ ...each, run: repeatAwaited(each.ask) }))
}

function measure(list) {
  return sideBySide(list, { rounds: quick ? 15 : 61, times: quick ? 50_000 : 100_000, warmUp: 200_000 })
}

function repeat(ask) {
  return (count) => {
    let fresh = 0
    for (let i = 0; i < count; i++) if (ask()) fresh++
    if (fresh !== count) throw new Error('that token was fresh')
  }
}

function repeatAwaited(ask) {
  return async (count) => {
    let fresh = 0
    for (let i = 0; i < count; i++) if (await ask()) fresh++
    if (fresh !== count) throw new Error('that token was fresh')
  }
}

function ns({ wall }) {
  return Math.round(wall.median * 1000)
}

function nanoseconds({ median, low, high }) {
  return `${short(median * 1000)} (${short(low * 1000)}–${short(high * 1000)})`
}

function bars(title, rows) {
  const one = ({ name, ours, wall: { median, low, high } }) => ({
    label: name,
    ours: ours ?? name.startsWith('esign-auth'),
    median: median * 1000,
    low: low * 1000,
    high: high * 1000,
  })
  return { kind: 'bars', title, unit: 'ns', bars: rows.map(one) }
}
