import type { KeeperOptions } from 'esign-auth/keeper'
import type { Policy, Post } from '../scripted-vendor.ts'
import { createWorld, hour, type MakeKeeper, type Process } from '../world.ts'
import type { Event, Moment, Plan } from './plan.ts'
import { type Findings, type Running, watch } from './watch.ts'

/** The product, or a part of it switched off. */
export interface Variant {
  readonly createTokenKeeper?: MakeKeeper | undefined
  /** Whether a deadline that fires late is armed once more. */
  readonly lateTimers?: boolean | undefined
}

const secret = '0123456789abcdef0123456789abcdef'
const keysOf = (kids: readonly string[]) => kids.map((kid) => ({ kid, secret: kid + secret }))
/** Of each process in turn; more processes have those of the last. */
const deploys: Readonly<Record<Plan['keys'], (at: number, of: number) => KeeperOptions['keys']>> = {
  none: () => 'none',
  same: () => keysOf(['old']),
  rotating: (at) => keysOf(at === 0 ? ['old', 'new'] : ['new', 'old']),
  missing: (at, of) => keysOf(at > 0 && at === of - 1 ? ['other'] : ['old']),
}
const owners = ['ada', 'bob'].map((owner) => ({ vendor: 'acme', owner }))
const [ada = { vendor: 'acme', owner: 'ada' }] = owners

/** Plays a schedule in virtual time, and says what it found. */
export async function play(plan: Plan, policy: Policy, variant: Variant = {}): Promise<Findings> {
  const world = createWorld({ ...policy, ...variant })
  const { clock, vendor } = world
  const processes = plan.skews.map((_, at) => start(at))
  const check = watch(world, policy, plan)
  let mishaps = 0
  const asLongAs = (ms: number) => clock.now() + ms
  const at = (post: Post, moment: Moment) => {
    const from = processes.find(({ name }) => name === post.from)
    if (from && post.grantType === 'refresh_token') fire(from, moment)
  }
  vendor.onSend = (post) => {
    check.onSend(post)
    at(post, 'send')
  }
  vendor.onPost = (post) => at(post, 'arrival')
  vendor.onAnswer = (post) => {
    check.onAnswer(post)
    at(post, 'answer')
  }

  for (const whose of owners.keys()) await signIn(processes[0], whose)
  const { refreshAfter, accessExpiresAt } = check.record(0)
  await clock.advance(refreshAfter + (accessExpiresAt - refreshAfter) * plan.phase - clock.now())
  for (const { event, thenMs } of plan.events) {
    await happen(event)
    await clock.advance(thenMs)
  }

  // Everything heals; then everybody gets a token or the verdict, and the same one.
  vendor.heal()
  for (const each of processes) heal(each)
  for (let round = 0; round < 3; round++) {
    // Cool-downs of clocks that are five minutes wrong are over then.
    await clock.advance(700_000)
    if (round > 0) check.atRest()
    for (const whose of owners.keys()) {
      for (const each of processes) {
        call(each, whose, round === 1 ? 'forced' : 'plain')
        await clock.advance(100)
      }
    }
  }
  await clock.advance(60_000)
  return check.findings()

  function start(at: number): Running {
    const options = { keys: deploys[plan.keys](at, plan.skews.length) }
    const process: Process = world.process(options)
    process.machine.skewMs = (plan.skews[at] ?? 0) * 1000
    const running: Running = { ...process, at, disturbed: false, triggers: [], outage: undefined }
    running.store.faults = () => {
      fire(running, 'before store')
      if (running.triggers.some(({ on, left }) => on === 'after store' && left === 1)) {
        queueMicrotask(() => fire(running, 'after store'))
      } else fire(running, 'after store')
      const { outage } = running
      if (outage && clock.now() < outage.until) return { [outage.how]: 'before' }
      for (const each of running.triggers) {
        if (each.fault && --each.left === 0) return each.fault
      }
      return undefined
    }
    return running
  }

  function fire(running: Running, on: Moment): void {
    for (const trigger of running.triggers) {
      if (trigger.on === on && --trigger.left === 0) trigger.act?.()
    }
  }

  async function happen(event: Event): Promise<void> {
    const each = 'at' in event ? processes[event.at % processes.length] : undefined
    switch (event.kind) {
      case 'vendor':
        vendor.next(event.step)
        // A few in a row: more, and the client rests, which may outlast a grace.
        if (plan.weather === 'lost answers' && ++mishaps % 3 === 0) vendor.next({})
        return
      case 'user revokes':
        return check.userRevokes(event.whose)
      case 'fail-over':
        return check.failOver(event.ms)
      case 'expiry':
        return clock.advance(hour)
    }
    if (!each) return
    switch (event.kind) {
      case 'call':
        return call(each, event.whose, event.how)
      case 'burst':
        return burst(each, event.whose)
      case 'sign in':
        return signIn(each, event.whose)
      case 'disconnect':
        return check.disconnect(each, event.whose)
      case 'fault':
        each.triggers.push({ left: event.nth, fault: event.fault })
        each.disturbed = true
        return event.busy ? call(each, 0, 'forced') : undefined
      case 'outage':
        // Two outages after one another would be a long one.
        if (plan.weather === 'outages' && clock.now() < (each.outage?.until ?? 0) + 5_000) return
        each.outage = { until: asLongAs(event.ms), how: event.how }
        each.disturbed = true
        return
      case 'stop':
        each.disturbed = true
        if (event.on === 'now') return stop(each, event.ms)
        // A request has one way to the vendor and back.
        each.triggers.push({
          on: event.on,
          left: event.on.endsWith('store') ? event.nth : 1,
          act: () => stop(each, event.ms),
        })
        return event.busy ? call(each, 0, 'forced') : undefined
    }
  }

  function call(each: Running, whose: number, how: 'plain' | 'fresh' | 'forced'): void {
    if (each.machine.state !== 'running') return
    const options =
      how === 'forced' ? { notGeneration: check.record(whose).generation } : how === 'fresh' ? { minValidMs: hour } : {}
    check.caller(each, whose, each.keeper.access(owners[whose] ?? ada, options))
  }

  async function burst(each: Running, whose: number): Promise<void> {
    const before = each.store.calls.get
    for (let caller = 0; caller < 10; caller++) call(each, whose, 'plain')
    await clock.advance(0)
    check.reads(each.store.calls.get - before)
  }

  async function signIn(each: Running | undefined, whose: number): Promise<void> {
    if (each) await check.signIn(each, whose)
  }

  function stop(each: Running, ms: number | undefined): void {
    if (each.machine.state === 'dead') return
    if (ms !== undefined) {
      each.machine.freeze()
      check.froze(each, ms)
      clock.after(ms, each.machine.thaw)
      return
    }
    each.machine.kill()
    check.killed(each)
    if (processes[each.at] === each) processes[each.at] = start(each.at)
  }

  function heal(each: Running): void {
    each.triggers.length = 0
    each.outage = undefined
    each.machine.thaw()
  }
}
