import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { contenders } from '../contenders/index.mjs'
import { goal, microseconds, times } from '../figures.mjs'
import { quick, section } from '../section.mjs'
import { inOrderOf, spreadOf } from '../side-by-side.mjs'

const here = join(import.meta.dirname, '..')
const run = promisify(execFile)
const imports = [
  'node:https',
  'esign-auth',
  'esign-auth/passport',
  'esign-auth/keeper',
  'esign-auth/authjs',
  'passport-oauth2',
  'openid-client',
  'openid-client/passport',
  'oauth4webapi',
  '@auth/core',
  'arctic',
  'simple-oauth2',
  '@badgateway/oauth2-client',
  'grant',
]

/** Fresh processes: what an import takes, and a first login. */
await section(async ({ origin }) => {
  const able = contenders.filter(({ missing }) => !missing?.exchange)
  const logins = await inTurns(able, quick ? 7 : 41, ({ file }) => firstLogin(file, origin))
  const bare = imports.map((name) => ({ name }))
  const loads = await inTurns(bare, quick ? 5 : 31, ({ name }) => firstImport(name))
  const floorOf = (rows, figure) => rows[0].samples.map((each) => each[figure])
  const ratio = (rows, row, figure) => {
    const floor = floorOf(rows, figure)
    return spreadOf(row.samples.map((each, round) => each[figure] / floor[round]))
  }
  const figure = (row, name) => spreadOf(row.samples.map((each) => each[name]))
  const ours = logins.find((each) => each.ours)
  const beyond = loads.map((row) => ({
    name: row.name,
    ours: row.name.startsWith('esign-auth'),
    ...spreadOf(row.samples.map(({ imported }, round) => imported - loads[0].samples[round].imported)),
  }))
  return {
    title: 'Cold start',
    text: [
      'Every figure from processes of their own, one after the other, contenders in turn. A first login: start Node, import, make a client, exchange a code over TLS; milliseconds since the process began, so Node’s own start is in all of them.',
    ],
    tables: [
      {
        columns: ['first login', 'ms', '× floor', 'CPU, ms', '× floor'],
        rows: logins.map((row) => [
          row.name,
          microseconds(figure(row, 'done')),
          times(ratio(logins, row, 'done')),
          microseconds(figure(row, 'cpu')),
          times(ratio(logins, row, 'cpu')),
        ]),
        notes: ['@auth/core, grant: log in only inside a whole application; their import is below.'],
      },
      {
        columns: ['import', 'ms beyond node:https', 'CPU, ms'],
        rows: loads.map((row, place) => [row.name, microseconds(beyond[place]), microseconds(figure(row, 'cpu'))]),
      },
    ],
    charts: [
      {
        kind: 'bars',
        title: 'First login in a fresh process',
        unit: 'ms',
        bars: logins.map((row) => ({ label: row.name, ours: row.ours, ...figure(row, 'done') })),
      },
      {
        kind: 'bars',
        title: 'Cold import beyond node:https',
        unit: 'ms',
        bars: beyond.map((row) => ({ ...row, label: row.name })),
      },
    ],
    goals: [
      goal(
        'a first login in a fresh process × node:https by hand',
        '≤ 1.05',
        times(ratio(logins, ours, 'done')),
        ratio(logins, ours, 'done').median <= 1.05,
        'five files to read and compile, with checks of options and answers that a handful of lines by hand does not have.',
      ),
    ],
  }
})

async function inTurns(list, rounds, start) {
  const rows = list.map((each) => ({ ...each, samples: [] }))
  for (const row of rows) await start(row)
  for (let round = 0; round < rounds; round++) {
    for (const row of inOrderOf(round, rows)) row.samples.push(await start(row))
  }
  return rows
}

async function firstLogin(file, origin) {
  const { stdout } = await run(process.execPath, [join(here, 'first-login.mjs'), file, origin], { cwd: here })
  return JSON.parse(stdout)
}

async function firstImport(name) {
  const code = `await import(${JSON.stringify(name)});
    const { user, system } = process.cpuUsage()
    console.log(JSON.stringify({ imported: performance.now(), cpu: (user + system) / 1000 }))
    process.exit()`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: here })
  return JSON.parse(stdout)
}
