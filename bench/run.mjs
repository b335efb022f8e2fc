/**
 * `npm run bench`: everything `docs/performance.md` and its picture show, in one run. `-- --quick` ends within two minutes
 * and leaves `docs` alone (its report goes to `bench/.work`). `-- --only authorize,cold` runs some sections.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { picture } from './picture.mjs'
import { prepare } from './prepare.mjs'
import { machine, report } from './report.mjs'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, out: { type: 'string' } },
})
const all = ['authorize', 'token-calls', 'login', 'fresh', 'waiters', 'stampede', 'memory', 'cold', 'size']
const asked = values.only?.split(',') ?? all
const whole = !values.quick && !values.only
const folder = values.out ?? join(import.meta.dirname, whole ? '../docs' : '.work')

prepare()
const begun = machine()
const sections = []
for (const name of all.filter((each) => asked.includes(each))) {
  const start = Date.now()
  sections.push({ name, ...(await runSection(name)) })
  console.error(`${name}: ${Math.round((Date.now() - start) / 1000)} s`)
}
const text = report(sections, { machine: begun, quick: values.quick })
console.log(text)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'performance.md'), text)
writeFileSync(join(folder, 'performance.svg'), picture(sections))

/** Runs a section as a process of its own, so that none inherits what another has left behind. */
async function runSection(name) {
  const env = {
    ...process.env,
    BENCH_QUICK: values.quick ? '1' : '',
    // How every contender comes to trust the benches' server: as it would a company's own authority.
    NODE_EXTRA_CA_CERTS: join(import.meta.dirname, '../test/fixtures/test-only-cert.pem'),
  }
  const child = fork(join(import.meta.dirname, `sections/${name}.mjs`), {
    env,
    execArgv: ['--expose-gc'],
    timeout: 900_000,
  })
  let result
  child.on('message', (message) => {
    result = message
  })
  const [status] = await once(child, 'exit')
  if (status !== 0 || !result) throw new Error(`the section ${name} ended with ${status}`)
  return result
}
