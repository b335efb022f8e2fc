import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Policy } from '../keeper/scripted-vendor.ts'
import type { Need } from '../servers/needs.ts'
import { createInstances, type Instance } from './instances.ts'
import type { Rented } from './places.ts'
import type { Moment, Outcome, Settings } from './protocol.ts'
import { keys } from './stampede.ts'
import { type FleetVendor, familyOf, startVendor } from './vendor.ts'

/** A lease is short here, so that a take-over does not take long. A process that lives may lose a second on a busy machine. */
const times = { lease: { ttl: 1_500, beat: 300 }, http: { timeout: 4_000 }, wait: 12_000 }
/** Every fault meets so many grants at once, each with three callers in each process. */
const grants = Number(process.env['ESIGN_AUTH_FLEET_GRANTS'] ?? 20)
const callers = 3

/** Two processes, one of which dies or stops in the midst of a refresh, on real stores with a real clock. */
export function describeFaults(name: string, need: Need, rent: () => Promise<Rented>): void {
  describe(`a process on ${name}`, { skip: need.skip, timeout: 60_000 }, () => {
    const all = createInstances()
    const vendors: FleetVendor[] = []
    let place: Rented
    let survivor: Instance
    let other: Instance | undefined
    beforeAll(async () => {
      place = await rent()
      survivor = await all.start()
    }, 60_000)
    afterEach(async () => {
      for (const vendor of vendors.splice(0)) await vendor.close()
    })
    afterAll(async () => {
      await all.stop()
      await place?.leave()
    })

    /** Two processes, `a` another one where the last was killed, and grants whose tokens have run out. */
    async function world(policy: Policy = {}, both: Partial<Settings> = {}, ofA: Partial<Settings> = {}) {
      const vendor = await startVendor({ latencyMs: 50, ...policy })
      vendors.push(vendor)
      const settings = { place, vendorUrl: vendor.url, vendor: policy, keys, keeper: times, ...both }
      const [a, b] = [other ?? (await all.start()), survivor]
      other = a
      void a.ended.then(() => {
        if (other === a) other = undefined
      })
      await Promise.all([a.open({ ...settings, ...ofA }), b.open(settings)])
      const owners = Array.from({ length: grants }, () => crypto.randomUUID())
      const tokens = vendor.signIns(owners)
      await b.ask({ do: 'adopt', tokens: [...tokens] })
      const families = owners.map((owner) => familyOf(tokens.get(owner)?.refresh_token))
      return {
        ...{ vendor, a, b, owners },
        /** How often each grant was refreshed at the vendor, where that is the same for all. */
        posts: () => [...new Set(families.map((family) => vendor.posts.get(family) ?? 0))].join(),
        alive: () => owners.every((owner) => vendor.isAlive(tokens.get(owner) ?? { access_token: '' })),
        trap: (step: Moment, signal: 'SIGKILL' | 'SIGSTOP') => a.ask({ do: 'trap', step, count: grants, signal }),
      }
    }

    /** What all callers came to: a token each, the same for all of a grant; or what they were told. */
    const sum = (outcomes: readonly Outcome[]) => {
      const told = new Set(outcomes.map(({ error }) => error ?? 'a token'))
      const tokens = new Set(outcomes.flatMap(({ token }) => token ?? []))
      const owners = new Set(outcomes.filter(({ token }) => token).map(({ owner }) => owner))
      return [...told, ...(tokens.size > owners.size ? ['more than one token of a grant'] : [])].join()
    }
    /** Callers of a process that will be killed; nobody hears what they are told. */
    const begin = (instance: Instance, owners: readonly string[]) =>
      void instance.access(owners, callers).catch(() => {})

    it.sequential('11 · killed with the lease, before the post: another takes over, one post', async () => {
      const { a, b, owners, posts, alive, trap } = await world()
      await trap('taken', 'SIGKILL')
      begin(a, owners)
      await a.ended
      expect(sum(await b.access(owners, callers))).toBe('a token')
      expect([posts(), alive()]).toEqual(['1', true])
    })

    it.sequential('killed before the vendor acted on the post: another posts again', async () => {
      const { vendor, a, b, owners, posts, alive } = await world()
      const held = vendor.hold('requests')
      begin(a, owners)
      await held.arrived(grants)
      await a.kill()
      held.release('drop')
      expect(sum(await b.access(owners, callers))).toBe('a token')
      expect([posts(), alive()]).toEqual(['2', true])
    })

    it.sequential('12 · killed with the answer not yet stored, within a grace: nobody notices', async () => {
      const { a, b, owners, posts, alive, trap } = await world({ graceMs: 60_000 })
      await trap('answered', 'SIGKILL')
      begin(a, owners)
      await a.ended
      expect(sum(await b.access(owners, callers))).toBe('a token')
      expect([posts(), alive()]).toEqual(['2', true])
      expect(sum(await b.access(owners, 1, { notGeneration: 2 }))).toBe('a token')
    })

    it.sequential('13 · the same at a strict vendor: lost_response, found out with one more post', async () => {
      const { a, b, owners, posts, trap } = await world()
      await trap('answered', 'SIGKILL')
      begin(a, owners)
      await a.ended
      expect(sum(await b.access(owners, callers))).toBe('reauth_required lost_response')
      expect(sum(await b.access(owners, callers))).toBe('reauth_required lost_response')
      expect(posts()).toBe('2')
    })

    it.sequential('killed once the answer is stored: nothing is lost', async () => {
      const { a, b, owners, posts, alive, trap } = await world()
      await trap('stored', 'SIGKILL')
      begin(a, owners)
      await a.ended
      expect(sum(await b.access(owners, callers))).toBe('a token')
      expect([posts(), alive()]).toEqual(['1', true])
    })

    it.sequential('14 · stopped with the lease, before the post, past the lease: it does not post when it goes on', async () => {
      const { a, b, owners, posts, alive, trap } = await world()
      await trap('taken', 'SIGSTOP')
      const reached = a.reached('taken')
      const slept = a.access(owners, callers)
      await reached
      const awake = await b.access(owners, callers)
      expect([sum(awake), posts()]).toEqual(['a token', '1'])
      a.signal('SIGCONT')
      expect(sum([...awake, ...(await slept)])).toBe('a token')
      expect([posts(), alive()]).toEqual(['1', true])
      expect((await a.usage()).events).toMatchObject({ 'lease.lost': grants })
    })

    it.sequential('stopped with the answer under way, within a grace: all go on, with the pair of the later attempt', async () => {
      const { vendor, a, b, owners, posts, alive } = await world({ graceMs: 60_000 })
      const held = vendor.hold('answers')
      const slept = a.access(owners, callers)
      await held.arrived(grants)
      a.signal('SIGSTOP')
      held.release()
      const awake = await b.access(owners, callers)
      a.signal('SIGCONT')
      expect(sum([...awake, ...(await slept)])).toBe('a token')
      expect([posts(), alive()]).toEqual(['2', true])
      expect(sum(await b.access(owners, 1, { notGeneration: 2 }))).toBe('a token')
    })

    it.sequential('stopped for longer than its deadline, alone: the answer in the socket is read', async () => {
      const { vendor, a, owners, posts, alive } = await world({}, { keeper: { ...times, http: { timeout: 1_000 } } })
      const held = vendor.hold('answers')
      const slept = a.access(owners, callers)
      await held.arrived(grants)
      a.signal('SIGSTOP')
      held.release()
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      a.signal('SIGCONT')
      expect(sum(await slept)).toBe('a token')
      expect([posts(), alive()]).toEqual(['1', true])
    })

    it.sequential('stopped with the only good pair: others are refused, until it goes on and stores that pair', async () => {
      const { vendor, a, b, owners, posts, alive } = await world({ rotation: 'refuse' })
      const held = vendor.hold('answers')
      const slept = a.access(owners, callers)
      await held.arrived(grants)
      a.signal('SIGSTOP')
      held.release()
      expect(sum(await b.access(owners, callers))).toBe('reauth_required lost_response')
      a.signal('SIGCONT')
      expect(sum(await slept)).toBe('a token')
      expect(sum(await b.access(owners, callers))).toBe('a token')
      expect([posts(), alive()]).toEqual(['2', true])
    })

    it.sequential('that waits for a vendor for three leases keeps its lease: one post', async () => {
      const slow = { latencyMs: 3 * times.lease.ttl }
      const { a, b, owners, posts, alive } = await world(slow, { keeper: { ...times, http: { timeout: 10_000 } } })
      const outcomes = await Promise.all([a.access(owners, callers), b.access(owners, callers)])
      expect(sum(outcomes.flat())).toBe('a token')
      expect([posts(), alive()]).toEqual(['1', true])
    })

    it.sequential.each([-5, 5])('32 · whose clock is %i minutes off: leases do not care', async (minutes) => {
      const { a, b, owners, posts, alive, trap } = await world({ latencyMs: 1_000 }, {}, { skewMs: minutes * 60_000 })
      const outcomes = await Promise.all([a.access(owners, callers), b.access(owners, callers)])
      expect(sum(outcomes.flat())).toBe('a token')
      expect([posts(), alive()]).toEqual(['1', true])
      await trap('taken', 'SIGKILL')
      a.access(owners, callers, { notGeneration: 2 }).catch(() => {})
      await a.ended
      expect(sum(await b.access(owners, callers, { notGeneration: 2 }))).toBe('a token')
      expect([posts(), alive()]).toEqual(['2', true])
    })
  })
}
