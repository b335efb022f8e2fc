import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { short } from '../figures.mjs'
import { quick, section } from '../section.mjs'

const counts = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000]
const holders = [
  { name: 'floor: token objects in a Map', holder: 'map' },
  { name: 'floor, again (A/A)', holder: 'map' },
  { name: 'esign-auth: keeper, records in memory', holder: 'keeper', ours: true },
  { name: 'simple-oauth2: AccessToken in a Map', holder: 'simple-oauth2' },
  { name: '@badgateway/oauth2-client: OAuth2Fetch in a Map', holder: 'badgateway' },
]

/** Bytes that one kept grant adds to a process, each figure from fresh processes. */
await section(async () => {
  const results = holders.map((each) => ({ ...each, bytes: counts.map((count) => bytesPerGrant(each.holder, count)) }))
  const columns = counts.map((count) => `${count.toLocaleString('en-US')} grants, B each`)
  return {
    title: 'Memory per kept grant',
    text: [
      'Heap and buffers after a collection, beyond the same process before, divided by the number of grants; tokens of 40 and 40 characters. The keeper holds a record, its opened form for at most 10,000 grants, and a sealed copy for the sessions of as many.',
    ],
    tables: [
      {
        columns: ['', ...columns],
        rows: results.map(({ name, bytes }) => [name, ...bytes.map(short)]),
        notes: ['passport-oauth2, openid-client, oauth4webapi, arctic, @auth/core, grant: keep no tokens.'],
      },
    ],
    charts: [
      {
        kind: 'curve',
        title: 'Memory per kept grant as their number grows',
        x: 'grants',
        unit: 'B',
        series: results.map(({ name, ours, bytes }) => ({
          label: name,
          ours,
          points: counts.map((count, place) => [count, Math.max(1, bytes[place])]),
        })),
      },
    ],
  }
})

function bytesPerGrant(holder, count) {
  const program = join(import.meta.dirname, '../hold-grants.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', program, holder, String(count)], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (status !== 0) throw new Error(stderr)
  return Number(stdout)
}
