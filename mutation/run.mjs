/**
 * Mutation testing, by hand: `npm ci && npm test` here, or `npm test oauth/token-answer keeper/` for a part. Prints a line per
 * file; which mutants survived stands in `reports/<file>.json`. The figures of the last run are in SECURITY.md.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plan } from './plan.mjs'

const here = import.meta.dirname
const wanted = process.argv.slice(2)
for (const file of Object.keys(plan).filter(
  (name) =>
    wanted.length === 0 || wanted.some((each) => name === each || (each.endsWith('/') && name.startsWith(each))),
)) {
  const run = spawnSync(join(here, 'node_modules/.bin/stryker'), ['run', 'mutation/stryker.config.mjs'], {
    cwd: join(here, '..'),
    env: { ...process.env, ESIGN_AUTH_MUTATED: file },
    encoding: 'utf8',
  })
  if (run.status !== 0) {
    console.log(`${file}: did not run\n${run.stdout.slice(-800)}`)
    process.exitCode = 1
    continue
  }
  const report = JSON.parse(readFileSync(join(here, `reports/${file}.json`), 'utf8'))
  const counted = {}
  for (const { status } of Object.values(report.files).flatMap(({ mutants }) => mutants)) {
    counted[status] = (counted[status] ?? 0) + 1
  }
  const { Killed = 0, Timeout = 0, Survived = 0, NoCoverage = 0 } = counted
  const all = Killed + Timeout + Survived + NoCoverage
  console.log(
    `${file}: ${Killed + Timeout} of ${all} killed (${Timeout} by time), ${Survived} survived, ${NoCoverage} met no test`,
  )
}
