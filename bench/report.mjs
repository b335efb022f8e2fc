import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'

/** The report as Markdown: goals first, then how it was measured, then every section with its table. */
export function report(sections, { machine: begun, quick }) {
  const goals = sections.flatMap((each) => each.goals ?? [])
  return [
    '# Performance',
    `What \`npm run bench\` measured${quick ? ' (quick run: few rounds, wide spreads)' : ''}. Written by it as a whole; do not edit.`,
    '![Figures of this page as a picture](performance.svg)',
    '## Goals',
    table({
      columns: ['work', 'goal', 'measured', ''],
      rows: goals.map(({ work, wanted, figure, met }) => [work, wanted, figure, verdict(met)]),
    }),
    ...missed(goals),
    '## How',
    how(begun),
    ...sections.flatMap(({ title, text = [], tables = [] }) => [
      `## ${title}`,
      ...text,
      ...tables.flatMap((each) => [table(each), ...(each.notes?.length ? [list(each.notes)] : [])]),
    ]),
  ]
    .join('\n\n')
    .concat('\n')
}

/** The machine's class; nothing that names it. */
export function machine() {
  const load = os.loadavg()[0]
  const cores = os.availableParallelism()
  return {
    cores,
    gib: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    platform: `${os.platform()} ${os.arch()}`,
    load,
    busy: load > cores / 4,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim(),
  }
}

function how({ cores, gib, node, platform, load, busy, date, commit }) {
  const versions = Object.keys(manifest('../package.json').dependencies).map((name) => `${name} ${versionOf(name)}`)
  const busyLine = `**Taken on a loaded machine**: the load average was ${load.toFixed(1)} on ${cores} cores before it began. Ratios and CPU time hold better than latencies.`
  return list([
    `${cores} cores, ${gib} GiB, ${platform}, Node ${node}; ${date}, commit ${commit}, built, packed and unpacked as users get it.`,
    ...(busy ? [busyLine] : []),
    `Versions: ${versions.join(', ')}.`,
    'Everything on loopback. One token server in a process of its own, over TLS, HTTP/1.1, that keeps connections alive for 60 s and says so; every contender uses its own default connections and trusts the server through `NODE_EXTRA_CA_CERTS`.',
    'Contenders are warmed up, then take turns in rounds, in a changing order; bounded counts. Figures are medians with quartiles in brackets; a ratio is the median of the ratios of the rounds.',
    '`floor` is what one would write by hand without checks; `floor, again` is the same code once more: how far its ratio is from 1 is what the machine adds by chance.',
    '– means that a contender cannot do it; why stands under the table.',
  ])
}

function versionOf(name) {
  return manifest(`../node_modules/${name}/package.json`).version
}

function manifest(path) {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'contenders', path), 'utf8'))
}

/** What stands in the way of each goal that was not met. */
function missed(goals) {
  const reasons = goals.filter(({ met }) => met === false).map(({ work, because }) => `${work}: ${because}`)
  return reasons.length > 0 ? ['Where a goal was not met:', list(reasons)] : []
}

function verdict(met) {
  if (met === undefined) return 'not measured'
  return met ? 'met' : 'not met'
}

function table({ columns, rows }) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
  const rule = columns.map((_, place) => (place === 0 ? '---' : '--:'))
  return [line(columns), line(rule), ...rows.map(line)].join('\n')
}

function list(items) {
  return items.map((item) => `- ${item}`).join('\n')
}
