import { EsignAuthError, type TokenSet } from 'esign-auth'
import type { AccessToken } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import type { StoreFault } from './faulty-store.ts'
import type { Policy, Post, Step } from './scripted-vendor.ts'
import { seeded } from './virtual-clock.ts'
import { ada, createWorld, hour, type Process, type World } from './world.ts'

/** What may happen. */
interface Weather {
  /** Answers that are lost: resets and hangs after the vendor acted, processes that die or freeze, stores that fail. */
  readonly losses: boolean
  /** The store loses its last second now and then, journal and all. */
  readonly failovers?: boolean
  /** The user signs in again and disconnects now and then. */
  readonly acts?: boolean
}

const schedules = Number(process.env['KEEPER_SCHEDULES'] ?? 40)
const firstSeed = Number(process.env['KEEPER_SEED'] ?? 1)
const wait = 15_000
const storeMs = 2_500

describe('random schedules of callers, crashes, freezes, lost answers and store failures, with three processes', () => {
  const policies: [string, Policy, Weather][] = [
    ['never rotates, everything fails', { rotation: 'never' }, { losses: true }],
    ['strict, everything fails', { rotation: 'strict' }, { losses: true }],
    ['grace of 10 s, everything fails', { rotation: 'strict', graceMs: 10_000 }, { losses: true }],
    ['refuses a spent token, everything fails', { rotation: 'refuse' }, { losses: true }],
    ['strict, nothing is lost', { rotation: 'strict' }, { losses: false }],
    ['grace of 10 s, nothing is lost', { rotation: 'strict', graceMs: 10_000 }, { losses: false }],
    ['strict, everything fails and the store goes back', { rotation: 'strict' }, { losses: true, failovers: true }],
    ['grace of 10 s, the store goes back', { rotation: 'strict', graceMs: 10_000 }, { losses: false, failovers: true }],
    ['strict, and the user comes and goes', { rotation: 'strict' }, { losses: false, acts: true }],
  ]
  it.each(policies)('%s: the four properties hold', async (_, policy, weather) => {
    for (let seed = firstSeed; seed < firstSeed + schedules; seed++) {
      await runSchedule(seed, policy, weather).catch((error: unknown) => {
        throw new Error(`KEEPER_SEED=${seed} KEEPER_SCHEDULES=1: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        })
      })
    }
  })
})

async function runSchedule(seed: number, policy: Policy, weather: Weather): Promise<void> {
  const random = seeded(seed * 7919)
  const chance = (percent: number) => random() * 100 < percent
  const between = (from: number, to: number) => from + random() * (to - from)
  const world = createWorld({ ...policy, seed })
  const { clock, vendor } = world
  const processes = [world.process(), world.process(), world.process()]
  const [first] = processes
  if (!first) throw new Error()
  await world.adopt(first.keeper)
  // Somewhere around the windows: soft, hard, expired.
  const { refreshAfter, accessExpiresAt } = world.record()
  await clock.advance(between(refreshAfter, accessExpiresAt + 10_000) - clock.now())

  const check = watch(world, policy, weather)
  let healthy = false
  vendor.steps = () => (healthy ? {} : randomStep(chance, between, weather))
  if (weather.losses) for (const each of processes) each.store.faults = () => randomFault(chance, between)

  const call = (each: Process) => {
    const options = chance(10) ? { notGeneration: world.record().generation } : chance(20) ? { minValidMs: hour } : {}
    check.caller(each, each.keeper.access(ada, options))
  }
  const act = async ({ keeper }: Process) => {
    const tokens = chance(70) ? vendor.signIn() : undefined
    if (tokens) await clock.until(keeper.adopt(tokens, ada))
    else await clock.until(keeper.revoke(ada))
    check.acted(tokens)
  }
  for (let step = 0; step < 25; step++) {
    const each = processes[Math.floor(random() * processes.length)]
    if (!each) continue
    if (weather.failovers && chance(15)) {
      const before = world.store.snapshot()
      clock.after(between(10, 1_000), () => world.store.rewind(before))
    }
    if (weather.acts && chance(15)) await act(each)
    if (weather.losses && each.machine.state === 'running' && chance(6)) {
      each.machine.freeze()
      check.disturbed.add(each)
      clock.after(between(500, 20_000), each.machine.thaw)
    } else if (weather.losses && chance(4)) {
      each.machine.kill()
      check.disturbed.add(each)
      const successor = world.process()
      successor.store.faults = each.store.faults
      processes[processes.indexOf(each)] = successor
    } else if (each.machine.state === 'running') call(each)
    await clock.advance(chance(50) ? between(0, 50) : between(0, 6_000))
  }

  healthy = true
  for (const each of processes) {
    each.machine.thaw()
    each.store.faults = () => undefined
  }
  await clock.advance(60_000)
  check.atRest(false)
  // Everybody gets a token or the verdict, and the same one.
  for (const each of processes) call(each)
  await clock.advance(60_000)
  for (const each of processes) call(each)
  await clock.advance(60_000)
  check.atRest(true)
}

function randomStep(
  chance: (percent: number) => boolean,
  between: (a: number, b: number) => number,
  { losses }: Weather,
): Step {
  const takesMs = chance(20) ? between(2_000, losses ? 12_000 : 7_000) : between(20, 400)
  if (chance(10)) return { unsent: 'ECONNREFUSED' }
  if (chance(10)) return { takesMs, cut: 'before' }
  if (chance(10)) return { takesMs, answer: { status: chance(50) ? 503 : 429 } }
  if (chance(5)) return { takesMs, answer: { status: 503, headers: { 'retry-after': '7' } } }
  if (!losses) return { takesMs }
  if (chance(6)) return { takesMs, cut: 'after' }
  if (chance(4)) return { hang: chance(50) ? 'before' : 'after' }
  if (chance(4)) return { rewrite: ({ access_token: _, ...fields }) => fields }
  return { takesMs, arrivesMs: chance(5) ? between(0, 3_000) : 0 }
}

function randomFault(
  chance: (percent: number) => boolean,
  between: (a: number, b: number) => number,
): StoreFault | undefined {
  if (chance(4)) return { fail: chance(50) ? 'before' : 'after' }
  if (chance(1)) return { hang: chance(50) ? 'before' : 'after' }
  if (chance(4)) return { arrivesMs: between(0, 1_500), takesMs: between(0, 1_500) }
  return chance(30) ? { takesMs: between(0, 20) } : undefined
}

/** The four properties. */
function watch(world: World, { rotation }: Policy, { losses, failovers = false, acts = false }: Weather) {
  const { clock, vendor } = world
  const sent: Post[] = []
  const breaches: string[] = []
  const rotates = rotation !== 'never'
  let latest: TokenSet | undefined
  let revoked = false
  // (i): the same refresh token again only when every earlier attempt was journalled, or answered without a verdict.
  vendor.onSend = (post) => {
    const before = sent.filter(({ token }) => token === post.token)
    sent.push(post)
    const open = before.filter(({ answer }) => typeof answer !== 'number' || answer < 400 || answer === 400)
    // Where the earlier holder has come back meanwhile and stored its pair, the journal has become the suspect mark.
    const { doubt, suspect, state } = world.record()
    const journalled = doubt !== undefined || suspect || failovers || state === 'revoked'
    if (rotates && open.length > 0 && !journalled) {
      breaches.push(`(i) ${post.token} sent again by ${post.from} at ${clock.monotonic()} without a journal`)
    }
  }
  const disturbed = new Set<Process>()
  const callers: { readonly from: Process; settled: boolean }[] = []
  const judge = (error: unknown) => {
    const code = error instanceof EsignAuthError ? error.code : undefined
    if (code === 'vendor_unavailable' || (code === 'store_unavailable' && losses)) return
    if (code !== 'reauth_required') breaches.push(`an unexpected failure: ${error}`)
    else if (!rotates && !acts) breaches.push('(iii) a vendor that never rotates, and somebody signed out')
  }
  return {
    disturbed,
    /** The user has signed in with these tokens, or disconnected. */
    acted(tokens: TokenSet | undefined): void {
      latest = tokens
      revoked = !tokens
    },
    /** (iv): a caller has its answer within its deadline, unless its process was stopped meanwhile. */
    caller(from: Process, asked: Promise<AccessToken>): void {
      const begun = clock.monotonic()
      const caller = { from, settled: false }
      callers.push(caller)
      const outcome = asked.then(({ expiresAt }) => {
        if (expiresAt * 1000 <= clock.now()) breaches.push('a token that has run out was served')
      }, judge)
      void outcome.then(() => {
        caller.settled = true
        const took = clock.monotonic() - begun
        if (took > wait + 2 * storeMs && !disturbed.has(from)) breaches.push(`(iv) a caller waited for ${took} ms`)
      })
    },
    /** (ii) and (iii), when nothing is under way. */
    atRest(settled: boolean): void {
      const record = world.record()
      const { state, reason, tokens } = record
      // A lease whose holder is gone is a doubt too.
      const unsure = record.doubt || record.suspect || record.lease || failovers
      if (state === 'ok' && !unsure && !vendor.isCurrent(tokens?.refresh_token)) {
        breaches.push('(ii) the stored refresh token is not the vendor’s, and the record does not say so')
      }
      if (state === 'reauth_required') {
        if (reason !== 'lost_response' && !failovers) breaches.push(`(ii) nobody revoked anything: ${reason}`)
        if (!rotates || (!losses && !failovers)) breaches.push('(iii) signed out although nothing was lost')
        if (rotation === 'strict' && tokens && vendor.isAlive(tokens))
          breaches.push('(iii) signed out, the family lives')
      }
      if (revoked !== (state === 'revoked') && !failovers) breaches.push(`50, 51: at last ${state}`)
      const mine = tokens?.access_token.split('-')[1] === latest?.access_token.split('-')[1]
      if (latest && !mine) breaches.push('50: the tokens are not those of the latest sign-in')
      const waiting = callers.filter((caller) => !caller.settled && caller.from.machine.state !== 'dead')
      if (settled && waiting.length > 0) breaches.push('(iv) a caller waits for ever')
      expect(breaches, `${JSON.stringify(sent, undefined, 1)}\n${JSON.stringify(record)}`).toEqual([])
    },
  }
}
