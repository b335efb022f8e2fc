import { contenders, placeOf } from '../contenders/index.mjs'
import { dashes, goal, microseconds, short, times } from '../figures.mjs'
import { quick, section } from '../section.mjs'
import { sideBySide } from '../side-by-side.mjs'

/** The authorization URL, in process: from nothing to text, fresh random state (and verifier and challenge) included. */
await section(async ({ origin }) => {
  const plain = await measure('url', origin)
  const pkce = await measure('urlWithPkce', origin)
  const given = await ourHalf(origin)
  const names = contenders.map(({ name }) => name)
  const row = (name) => [name, ...cells(plain, name), ...cells(pkce, name)]
  const [ours, oursPkce] = [plain, pkce].map((rows) => rows.find((each) => each.ours))
  return {
    title: 'Authorization URL, in process',
    text: [
      'From nothing to the URL as text: a fresh random `state`, with PKCE also a fresh verifier and its S256 challenge. passport-oauth2 files the state in `req.session` as it goes; the others leave that to their user.',
      `Ours with state (and challenge) given, which is all that \`client.authorizationUrl\` does: ${given.map(({ name, wall }) => `${name} ${microseconds(wall)} µs`).join('; ')}.`,
    ],
    tables: [
      {
        columns: ['', 'plain, µs', '× floor', 'PKCE, µs', '× floor'],
        rows: names.map(row),
        notes: [...new Set([...dashes(contenders, 'url'), ...dashes(contenders, 'urlWithPkce')])],
      },
    ],
    charts: [bars('Authorization URL, plain', plain), bars('Authorization URL, PKCE', pkce)],
    goals: [
      goal(
        'authorization URL, plain',
        '≤ 0.3 µs',
        `${short(ours.wall.median)} µs`,
        ours.wall.median <= 0.3,
        'nearly all of it is the random `state`, out of a pool.',
      ),
      goal(
        'authorization URL, PKCE',
        '≤ 0.9 µs',
        `${short(oursPkce.wall.median)} µs`,
        oursPkce.wall.median <= 0.9,
        'two random texts at 0.2 µs, SHA-256 by `node:crypto` at 0.4 µs, and a promise around it, since Web Crypto, which other runtimes have in its place, gives one.',
      ),
    ],
  }
})

/** Whoever answers at once is not awaited: a turn of the event loop would be most of the figure. */
async function measure(method, origin) {
  const able = []
  for (const contender of contenders) {
    const client = contender.create(placeOf(contender, origin))
    await client.prepareUrls?.()
    const make = client[method]
    if (make) able.push({ ...contender, run: await runOf(make) })
  }
  return sideBySide(able, { rounds: quick ? 9 : 31, times: quick ? 1_000 : 4_000, warmUp: 10_000 })
}

/** What our own URL costs once state and challenge are there. */
async function ourHalf(origin) {
  const ours = contenders.find((each) => each.ours)
  const { redirectUri } = placeOf(ours, origin)
  const { createClient, insureSign } = await import('esign-auth')
  const { clientId, clientSecret } = placeOf(ours, origin)
  const client = createClient(insureSign, { clientId, clientSecret })
  const withPkce = createClient(insureSign, { clientId, clientSecret, pkce: true })
  const state = 'x'.repeat(43)
  const plain = await runOf(() => client.authorizationUrl({ redirectUri, state }))
  const pkce = await runOf(() => withPkce.authorizationUrl({ redirectUri, state, codeChallenge: state }))
  const each = quick ? 5_000 : 20_000
  const both = [
    { name: 'plain', run: plain },
    { name: 'PKCE', run: pkce },
  ]
  return sideBySide(both, { rounds: quick ? 9 : 31, times: each, warmUp: 20_000 })
}

async function runOf(make) {
  const isAsync = make() instanceof Promise
  let length = 0
  const run = isAsync
    ? async (count) => {
        for (let i = 0; i < count; i++) length += (await make()).length
      }
    : (count) => {
        for (let i = 0; i < count; i++) length += make().length
      }
  await run(1)
  if (!(length > 80)) throw new Error('that was no authorization URL')
  return run
}

function cells(rows, name) {
  const row = rows.find((each) => each.name === name)
  return row ? [microseconds(row.wall), times(row.wallRatio)] : ['–', '–']
}

function bars(title, rows) {
  return { kind: 'bars', title, unit: 'µs', bars: rows.map(({ name, ours, wall }) => ({ label: name, ours, ...wall })) }
}
