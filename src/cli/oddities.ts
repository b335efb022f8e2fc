import { variableOf } from '../oauth/environment.ts'
import type { Vendor } from '../oauth/vendor.ts'
import type { Terminal } from './terminal.ts'

/** What is wrong with a vendor's variables, and what may be. Never quotes a value. */
export function oddities(vendor: Vendor, env: Terminal['env']): { problems: string[]; warnings: string[] } {
  const [problems, warnings]: [string[], string[]] = [[], []]
  const [id, secret] = [variableOf(vendor.id, 'id'), variableOf(vendor.id, 'secret')]
  const settings = Object.keys({ ...vendor.settings }).map((name) => variableOf(vendor.id, name))
  const known = [id, secret, ...settings]

  if (!env[id]) problems.push(`${id} is not set: the id that ${vendor.name} gave your app.`)
  if (!env[secret] && !vendor.publicClients) {
    problems.push(`${secret} is not set: the secret that ${vendor.name} gave your app.`)
  } else if (!env[secret]) {
    warnings.push(`${secret} is not set: fine for a public app, which has none.`)
  }
  for (const name of known) {
    const value = env[name]
    if (!value) continue
    const oddity = oddityOf(value)
    if (oddity) problems.push(`${name} ${oddity}`)
  }
  if (env[id] && env[id] === env[secret]) problems.push(`${id} and ${secret} are the same.`)
  const stem = variableOf(vendor.id, '')
  for (const name of Object.keys(env)) {
    if (name.startsWith(stem) && !known.includes(name) && name !== `${stem}ISSUER`) {
      warnings.push(`${name} is read by nobody. ${vendor.name} knows ${known.join(', ')}.`)
    }
  }
  return { problems, warnings }
}

function oddityOf(value: string): string | undefined {
  if (value.trim() === '') return 'holds nothing but blanks.'
  if (value.trim() !== value) return 'begins or ends with a blank or a line break: copied too much?'
  if (/^(["'`]).*\1$/s.test(value)) return 'stands in quotes, which are taken as part of it here.'
  if (/^(<.*>|\$\{.*\}|(your|change|replace|todo|xxx)[-_ ]?.*)$/i.test(value)) return 'looks like a placeholder.'
  return undefined
}
