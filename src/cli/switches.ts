import type { Vendor } from '../oauth/vendor.ts'
import type { Fault, Place, Sandbox } from '../sandbox/index.ts'
import { UsageError } from './terminal.ts'

/** A client's own settings, such as its region, by name. */
export type Settings = Readonly<Record<string, string | boolean>>

/** The part of a fake that the command line turns. */
interface Turned {
  readonly switches: Record<string, unknown>
  readonly faults: { add(place: Place, fault: Fault): void }
}

const places: readonly Place[] = ['authorize', 'token', 'api']
const answers = ['hang', 'cut', 'html', 'truncated', 'cut-body', 'drip'] as const

/** Turns the switches of the fakes; returns what was no switch but a setting of the client, by vendor. */
export function applySettings(
  fakes: Sandbox,
  chosen: readonly Vendor[],
  { set, rotation }: { readonly set: readonly string[]; readonly rotation: boolean },
): ReadonlyMap<string, Settings> {
  const settings = new Map<string, Record<string, string | boolean>>()
  for (const vendor of chosen) {
    const { switches } = turned(fakes, vendor)
    // With an opaque token nobody could sign in at a vendor that has no account call.
    if (switches['accessToken'] === 'opaque') switches['accessToken'] = 'jwt'
    if (rotation) Object.assign(switches, { rotation: 'always', reuseDetection: true })
    if (rotation && switches['refreshToken'] === 'same') switches['refreshToken'] = 'new'
  }
  for (const each of set) {
    const [, id = '', name = '', text = ''] = /^([\w-]+)\.(\w+)=(.*)$/.exec(each) ?? []
    const vendor = among(chosen, id, '--set', each)
    const { switches } = turned(fakes, vendor)
    if (Object.hasOwn(switches, name)) {
      const value = parsed(text)
      const [is, was] = [typeof value, typeof switches[name]]
      if (is !== was) throw new UsageError(`--set ${each}: ${name} takes a ${was}, such as ${switches[name]}.`)
      switches[name] = value
    } else if (Object.hasOwn({ ...vendor.settings }, name)) {
      settings.set(id, { ...settings.get(id), [name]: /^(true|false)$/.test(text) ? text === 'true' : text })
    } else {
      const names = [...Object.keys(switches), ...Object.keys({ ...vendor.settings })]
      throw new UsageError(`--set ${each}: ${vendor.name} has no ${name}. It has ${names.join(', ')}.`)
    }
  }
  return settings
}

/** Queues what goes wrong. */
export function addFaults(
  fakes: Sandbox,
  chosen: readonly Vendor[],
  { faults, latency }: { readonly faults: readonly string[]; readonly latency: number },
): void {
  for (const each of faults) {
    const [, id = '', where = '', what = '', , times = '1'] = /^([\w-]+)\.(\w+)=([\w-]+?)(x(\d+))?$/.exec(each) ?? []
    const vendor = among(chosen, id, '--fault', each)
    const place = places.find((one) => one === where)
    if (!place) throw new UsageError(`--fault ${each}: the place is ${places.join(', ')}.`)
    const named = answers.find((one) => one === what)
    if (!named && !/^[2-5]\d\d$/.test(what)) throw new UsageError(`--fault ${each}: ${answers.join(', ')} or a status.`)
    const answer = named ?? { status: Number(what) }
    turned(fakes, vendor).faults.add(place, { answer, latency, times: Number(times) })
  }
  if (latency === 0) return
  // Behind the faults, which would never have their turn after these.
  for (const vendor of chosen) {
    for (const place of places) turned(fakes, vendor).faults.add(place, { latency, times: Number.POSITIVE_INFINITY })
  }
}

function turned(fakes: Sandbox, { id }: Vendor): Turned {
  // Every fake has switches and faults; which switches differs, and is checked by name here.
  return fakes.vendors[id as keyof Sandbox['vendors']] as unknown as Turned
}

function among(chosen: readonly Vendor[], id: string, option: string, text: string): Vendor {
  const found = chosen.find((vendor) => vendor.id === id)
  if (found) return found
  throw new UsageError(
    `${option} ${text}: it begins with a vendor that is served: ${chosen.map((v) => v.id).join(', ')}.`,
  )
}

function parsed(text: string): unknown {
  if (/^[[{]|^(true|false|-?\d+)$/.test(text)) {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
  return text === 'Infinity' ? Number.POSITIVE_INFINITY : text
}
