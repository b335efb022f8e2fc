import fc from 'fast-check'
import type { StoreFault } from '../faulty-store.ts'
import type { Policy, Step } from '../scripted-vendor.ts'

/** How vendors treat refresh tokens. `strict`: reuse ends the family. `refuse`: it is only refused. */
export const policies: Readonly<Record<string, Policy>> = {
  'never rotates': { rotation: 'never' },
  strict: { rotation: 'strict' },
  'strict, grace 5 s': { rotation: 'strict', graceMs: 5_000 },
  'strict, grace 10 s': { rotation: 'strict', graceMs: 10_000 },
  'strict, grace 30 s': { rotation: 'strict', graceMs: 30_000 },
  'refuses reuse': { rotation: 'refuse' },
  'refuses reuse, grace 10 s': { rotation: 'refuse', graceMs: 10_000 },
}

/**
 * What may happen.
 *
 * - `calm`: slow answers, requests that never arrive or are turned away; the user comes and goes. Nothing is lost.
 * - `lost answers`: answers are lost on their way, a few in a row. A grace of 30 s covers that.
 * - `outages`: a process cannot reach the store for up to 2 s, less than a lease. Nothing is lost.
 * - `freezes`: processes stop for a while, at any step; stores fail now and then. No process dies.
 * - `fail-overs`: the store loses its last second, journal and all. No process dies.
 * - `storm`: all of it, and processes die at any step.
 */
export type Weather = 'calm' | 'lost answers' | 'outages' | 'freezes' | 'fail-overs' | 'storm'
export const weathers: readonly Weather[] = ['calm', 'lost answers', 'outages', 'freezes', 'fail-overs', 'storm']

/** When a process is stopped: at once, or at its nth next call of the store (before or after it acts), or of the vendor. */
export type Moment = 'now' | 'before store' | 'after store' | 'send' | 'arrival' | 'answer'

export type Event =
  | { readonly kind: 'call'; readonly at: number; readonly whose: number; readonly how: 'plain' | 'fresh' | 'forced' }
  | { readonly kind: 'burst'; readonly at: number; readonly whose: number }
  | { readonly kind: 'sign in' | 'disconnect'; readonly at: number; readonly whose: number }
  | { readonly kind: 'user revokes'; readonly whose: number }
  | { readonly kind: 'vendor'; readonly step: Step }
  | {
      readonly kind: 'fault'
      readonly at: number
      readonly nth: number
      readonly fault: StoreFault
      readonly busy: boolean
    }
  | { readonly kind: 'outage'; readonly at: number; readonly ms: number; readonly how: 'fail' | 'hang' }
  | { readonly kind: 'fail-over'; readonly ms: number }
  | { readonly kind: 'expiry' }
  | {
      readonly kind: 'stop'
      readonly at: number
      readonly on: Moment
      readonly nth: number
      /** `undefined`: for good. */
      readonly ms: number | undefined
      /** It refreshes meanwhile. */
      readonly busy: boolean
    }

/** Everything that a schedule does; with the policy, all there is to replay it. */
export interface Plan {
  readonly weather: Weather
  /** Where in the token's life it begins: 0 when it falls due, 1 when it has run out. */
  readonly phase: number
  /** One process each; seconds by which its clock is wrong. */
  readonly skews: readonly number[]
  /** `rotating`: deploys of a new key. `missing`: the last process has another key. */
  readonly keys: 'none' | 'same' | 'rotating' | 'missing'
  readonly events: readonly { readonly event: Event; readonly thenMs: number }[]
}

const upTo = (max: number, min = 0) => fc.integer({ min, max })
const at = upTo(3)
const busy = fc.constantFrom(true, true, false)
const whose = fc.constantFrom(0, 0, 0, 1)
const latency = fc.oneof({ weight: 4, arbitrary: upTo(400, 20) }, upTo(7_800, 2_000))

const call: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('call' as const),
  at,
  whose,
  how: fc.constantFrom('plain' as const, 'fresh' as const, 'forced' as const, 'forced' as const),
})
const burst: fc.Arbitrary<Event> = fc.record({ kind: fc.constant('burst' as const), at, whose })
const act: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constantFrom('sign in' as const, 'disconnect' as const), at, whose }),
  fc.record({ kind: fc.constant('user revokes' as const), whose }),
)
const expiry: fc.Arbitrary<Event> = fc.constant({ kind: 'expiry' })
const vendor = (step: fc.Arbitrary<Step>): fc.Arbitrary<Event> =>
  fc.record({ kind: fc.constant('vendor' as const), step })

const slow: fc.Arbitrary<Step> = fc.record({ takesMs: latency })
const turnedAway: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>({ unsent: 'ECONNREFUSED' }),
  fc.record({ takesMs: latency, cut: fc.constant('before' as const) }),
  fc.record({
    takesMs: latency,
    answer: fc.constantFrom(
      { status: 503 },
      { status: 429 },
      { status: 404 },
      { status: 503, headers: { 'retry-after': '7' } },
      { status: 401, body: { error: 'invalid_client' } },
    ),
  }),
)
const brief: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ takesMs: upTo(300, 20), cut: fc.constantFrom('after' as const, 'after' as const, 'before' as const) }),
  fc.record({ takesMs: upTo(300, 20), answer: fc.constant({ status: 503 }) }),
)
const lost: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ takesMs: latency, cut: fc.constant('after' as const) }),
  fc.record({ hang: fc.constantFrom('before' as const, 'after' as const) }),
  fc.record({ takesMs: upTo(12_000, 7_000) }),
  fc.constant<Step>({ rewrite: ({ access_token: _, ...fields }) => fields }),
)
const late: fc.Arbitrary<Step> = fc.record({ arrivesMs: upTo(7_500), takesMs: upTo(400, 20) })

const stop = (ms: fc.Arbitrary<number | undefined>): fc.Arbitrary<Event> =>
  fc.record({
    kind: fc.constant('stop' as const),
    at,
    on: fc.constantFrom<Moment>('now', 'before store', 'after store', 'send', 'arrival', 'answer'),
    nth: upTo(6, 1),
    ms,
    busy,
  })
const freeze = stop(fc.oneof(upTo(20_000, 500), upTo(8_000, 2_000)))
const kill = stop(fc.constant(undefined))
const faults: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('fault' as const),
    at,
    nth: upTo(6, 1),
    busy,
    fault: fc.oneof<fc.Arbitrary<StoreFault>[]>(
      fc.record({ fail: fc.constantFrom('before' as const, 'after' as const) }),
      fc.record({ hang: fc.constantFrom('before' as const, 'after' as const) }),
      fc.record({ arrivesMs: upTo(1_500), takesMs: upTo(1_500) }),
    ),
  }),
  fc.record({
    kind: fc.constant('outage' as const),
    at,
    ms: upTo(8_000, 100),
    how: fc.constantFrom('fail' as const, 'hang' as const),
  }),
)
const failOver: fc.Arbitrary<Event> = fc.record({ kind: fc.constant('fail-over' as const), ms: upTo(1_000, 10) })

const outage: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('outage' as const),
  at,
  ms: upTo(2_000, 100),
  how: fc.constant('fail' as const),
})

type Weighted = fc.WeightedArbitrary<Event>
const some = (weight: number, arbitrary: fc.Arbitrary<Event>): Weighted => ({ weight, arbitrary })
const callers = [some(8, call), some(2, burst), some(2, expiry)]
const events: Readonly<Record<Weather, readonly Weighted[]>> = {
  calm: [...callers, some(2, vendor(slow)), some(2, vendor(turnedAway)), some(2, act)],
  'lost answers': [...callers, some(3, vendor(brief))],
  outages: [...callers, some(2, vendor(slow)), some(4, outage)],
  freezes: [
    ...callers,
    some(2, vendor(slow)),
    some(1, vendor(late)),
    some(1, vendor(turnedAway)),
    some(4, freeze),
    some(2, faults),
    some(1, act),
  ],
  'fail-overs': [...callers, some(2, vendor(slow)), some(1, faults), some(3, failOver)],
  storm: [
    ...callers,
    some(1, vendor(slow)),
    some(1, vendor(turnedAway)),
    some(2, vendor(lost)),
    some(1, vendor(late)),
    some(2, freeze),
    some(2, kill),
    some(2, faults),
    some(1, failOver),
    some(1, act),
  ],
}

/** Schedules of one weather. */
export function plans(weather: Weather): fc.Arbitrary<Plan> {
  const skew =
    weather === 'lost answers' ? fc.constant(0) : fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, upTo(300, -300))
  return fc.record({
    weather: fc.constant(weather),
    phase: fc.double({ min: 0, max: 1.1, noNaN: true }),
    skews: fc.array(skew, { minLength: 2, maxLength: 4 }),
    keys: fc.constantFrom('none', 'none', 'same', 'rotating', 'missing'),
    events: fc.array(
      fc.record({
        event: fc.oneof(...events[weather]),
        thenMs: fc.oneof({ weight: 4, arbitrary: upTo(50) }, { weight: 4, arbitrary: upTo(6_000) }, upTo(40_000)),
      }),
      { minLength: 3, maxLength: 30, size: 'max' },
    ),
  })
}
