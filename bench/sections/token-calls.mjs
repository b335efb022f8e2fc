import { setTimeout as sleep } from 'node:timers/promises'
import { contenders, placeOf } from '../contenders/index.mjs'
import { dashes, goal, milliseconds, times } from '../figures.mjs'
import { quick, section } from '../section.mjs'
import { sideBySide } from '../side-by-side.mjs'

const idleMs = 6_000
const inARow = quick ? 200 : 1_000

/** Code exchange and refresh over TLS, one after the other; the connections they take, also after a pause. */
await section(async (server) => {
  const clients = contenders.map((each) => ({ ...each, client: each.create(placeOf(each, server.origin)) }))
  const able = clients.filter(({ client }) => client.refresh)
  const exchange = await measure(able, ({ client }) => client.exchange('a-code'))
  const refresh = await measure(able, ({ client }) => client.refresh('an-old-refresh-token'))
  const connections = await connectionsOf(able, server)
  const row = ({ name }) => [
    name,
    ...cells(exchange, name),
    ...cells(refresh, name),
    ...(connections.get(name) ?? ['–', '–']),
  ]
  const us = (rows) => rows.find((each) => each.ours)
  const goals = [
    ['code exchange', us(exchange)],
    ['refresh', us(refresh)],
  ].flatMap(([work, { wallRatio, cpuRatio }]) => [
    goal(
      `${work}, latency × node:https by hand`,
      '≤ 1.05',
      times(wallRatio),
      wallRatio.median <= 1.05,
      'the CPU below, on a loopback where nothing else takes time; at a vendor 20 ms away it is a fifth of a percent.',
    ),
    goal(
      `${work}, CPU × node:https by hand`,
      '≤ 1.10',
      times(cpuRatio),
      cpuRatio.median <= 1.1,
      'a deadline, a limit on the answer and a look at the socket are some 8 % of the floor. Writing the request from the vendor’s data, sharing it with whoever asks for the same and reading the answer strictly take 12 µs by themselves, and several times that between system calls, with cold caches. Clients on `fetch` pay more than half as much again.',
    ),
  ])
  const [ourFirst] = connections.get(us(refresh).name)
  return {
    title: 'Code exchange and refresh over TLS',
    text: [
      `One call after the other over connections that are kept alive, CPU of the client process alone. \`connections\` counts the TCP connections of ${inARow} refreshes in a row; \`after idle\` those of one more refresh 6 s later.`,
    ],
    tables: [
      {
        columns: columns(),
        rows: clients.map(row),
        notes: [...dashes(contenders, 'exchange'), ...dashes(contenders, 'refresh')],
      },
    ],
    charts: [bars('Refresh over TLS, latency', refresh, 'wall'), bars('Refresh over TLS, CPU', refresh, 'cpu')],
    goals: [...goals, goal(`TCP connections for ${inARow} refreshes in a row`, '1', String(ourFirst), ourFirst === 1)],
  }
})

function columns() {
  const each = (work) => [`${work}, ms`, '× floor', 'CPU, ms', '× floor']
  return ['', ...each('exchange'), ...each('refresh'), 'connections', 'after idle']
}

function measure(able, call) {
  const run = (contender) => async (count) => {
    for (let i = 0; i < count; i++) await call(contender)
  }
  const list = able.map((each) => ({ ...each, run: run(each) }))
  return sideBySide(list, { rounds: quick ? 12 : 60, times: quick ? 10 : 25, warmUp: quick ? 60 : 300 })
}

/** Counted by the server, per client id. */
async function connectionsOf(able, server) {
  await server.forget()
  const fresh = able.map((each) => ({ ...each, client: each.create(placeOf(each, server.origin)) }))
  for (const { client } of fresh) for (let i = 0; i < inARow; i++) await client.refresh('an-old-refresh-token')
  const first = await server.counts()
  // Once more each, so that all are idle for the same time, and past every client's own limit or none.
  for (const { client } of fresh) await client.refresh('an-old-refresh-token')
  const before = await server.counts()
  await sleep(idleMs)
  for (const { client } of fresh) await client.refresh('an-old-refresh-token')
  const later = await server.counts()
  const at = (counts, each) => counts[placeOf(each, '').clientId].sockets
  return new Map(fresh.map((each) => [each.name, [at(first, each), at(later, each) - at(before, each)]]))
}

function cells(rows, name) {
  const row = rows.find((each) => each.name === name)
  if (!row) return ['–', '–', '–', '–']
  return [milliseconds(row.wall), times(row.wallRatio), milliseconds(row.cpu), times(row.cpuRatio)]
}

function bars(title, rows, figure) {
  const inMs = ({ median, low, high }) => ({ median: median / 1000, low: low / 1000, high: high / 1000 })
  const one = ({ name, ours, ...row }) => ({ label: name, ours, ...inMs(row[figure]) })
  return { kind: 'bars', title, unit: 'ms', bars: rows.map(one) }
}
