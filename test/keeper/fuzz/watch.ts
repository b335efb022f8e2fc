import { createDecipheriv, hkdfSync } from 'node:crypto'
import { EsignAuthError, type TokenSet } from 'esign-auth'
import type { AccessToken } from 'esign-auth/keeper'
import type { GrantRecord } from '../../../src/keeper/record.ts'
import type { StoreFault } from '../faulty-store.ts'
import type { Policy, Post } from '../scripted-vendor.ts'
import type { Process, World } from '../world.ts'
import type { Moment, Plan } from './plan.ts'

/** One process of a schedule. */
export interface Running extends Process {
  /** Its place; whoever follows it when it dies has the same. */
  readonly at: number
  /** It was stopped or cut off, so its callers may wait longer. */
  disturbed: boolean
  readonly triggers: { readonly on?: Moment; left: number; readonly act?: () => void; readonly fault?: StoreFault }[]
  outage: { readonly until: number; readonly how: 'fail' | 'hang' } | undefined
}

/** What a schedule showed. */
export interface Findings {
  /** Promises that were not kept; empty is good. */
  readonly breaches: readonly string[]
  /** Grants that the user would have to renew although nobody ended them. */
  readonly lost: number
  readonly posts: number
}

/** What is told to the watch, and asked of it. */
export interface Watch {
  /** The record of an owner, opened. */
  record(whose: number): GrantRecord
  onSend(post: Post): void
  onAnswer(post: Post): void
  /** Somebody signs in at a process, disconnects there, or ends the access at the vendor. */
  signIn(each: Running, whose: number): Promise<void>
  disconnect(each: Running, whose: number): Promise<void>
  userRevokes(whose: number): void
  failOver(ms: number): void
  froze(each: Running, ms: number): void
  killed(each: Running): void
  caller(from: Running, whose: number, asked: Promise<AccessToken>): void
  /** How often the store was asked for many callers of one moment. */
  reads(count: number): void
  /** Nothing is under way. */
  atRest(): void
  findings(): Findings
}

interface Sent {
  readonly post: Post
  readonly family: string
  readonly at: number
  /** Written down as unknown since; or the store lost what was. */
  journalled: boolean
  answeredAt: number | undefined
}

const timeoutMs = 8_000
const patienceMs = 15_000 + 2 * 2_500
const familyOf = (token: string | undefined) => token?.split('-')[1] ?? ''

/** The four properties, told by what the vendor sees and by what the store holds: nothing of the keeper's is asked. */
export function watch(world: World, policy: Policy, plan: Plan): Watch {
  const { clock, vendor, store } = world
  const rotates = policy.rotation !== 'never'
  const breaches = new Set<string>()
  const sent: Sent[] = []
  /** Grant keys in the order of their owners, and the families that signed in there. */
  const keys: string[] = []
  const families: string[][] = []
  const latest: (TokenSet | 'disconnected' | 'unclear')[] = []
  const ended = new Set<string>()
  const callers: { readonly from: Running; settled: boolean }[] = []
  const killed = new Set<string>()
  let rest = { since: 0, until: 0 }
  const frozen: { readonly name: string; readonly until: number }[] = []
  let failedOver = 0
  let failedOverAt = Number.NEGATIVE_INFINITY

  const breach = (property: string, what: string) => void breaches.add(`${property}: ${what}`)

  // (i)
  const onSend = (post: Post) => {
    const family = familyOf(post.token)
    const open = sent.filter((each) => each.post.token === post.token && !each.journalled && !withoutVerdict(each.post))
    if (rotates && post.grantType === 'refresh_token' && open.length > 0)
      breach('(i)', `${post.token} was sent again by ${post.from} without a journal`)
    // A flight that was under way when the rest began may go on inside its grace.
    const { since, until } = rest
    if (clock.now() < until && clock.now() > since + patienceMs && plan.skews.every((skew) => skew === 0))
      breach('38', `${post.from} sent a request while its client rests`)
    // The lease that stood for it is gone with the store's last second.
    const journalled = clock.now() - failedOverAt < 5_000
    sent.push({ post, family, at: clock.now(), journalled, answeredAt: undefined })
  }
  const onAnswer = (post: Post) => {
    for (const each of sent) if (each.post === post) each.answeredAt = clock.now()
  }
  const swap = store.compareAndSwap
  const before = new Map<string, GrantRecord>()
  store.compareAndSwap = async (key, value, expected, options) => {
    const version = await swap(key, value, expected, options)
    if (version === undefined) return version
    if (key.startsWith('client:')) {
      const { cooldownUntil, probe } = JSON.parse(new TextDecoder().decode(value))
      if (probe === undefined) rest = { since: clock.now(), until: cooldownUntil }
      return version
    }
    const record = parse(value)
    const old = before.get(key)
    const known = old?.consent === record.consent ? (old.doubt?.n ?? 0) : 0
    if ((record.doubt?.n ?? 0) > known) {
      const whose = families[keys.indexOf(key)] ?? []
      for (const each of sent) if (whose.includes(each.family)) each.journalled = true
    }
    before.set(key, record)
    return version
  }
  const remove = store.delete
  store.delete = (key, expected) => {
    rest = { since: 0, until: 0 }
    return remove(key, expected)
  }

  const record = (whose: number): GrantRecord => {
    const bytes = store.peek(keys[whose] ?? '')
    if (!bytes) throw new Error('no record')
    return opened(bytes, keys[whose] ?? '')
  }

  const judge = (from: Running, whose: number, error: unknown) => {
    const code = error instanceof EsignAuthError ? error.code : String(error)
    if (code === 'vendor_unavailable' || code === 'client_misconfigured') return
    if (code === 'store_unavailable' && plan.weather !== 'calm' && plan.weather !== 'lost answers') return
    if (code === 'key_unavailable' && (plan.keys === 'missing' || plan.keys === 'rotating')) return
    if (code !== 'reauth_required') return breach('(iii)', `${from.name} failed with ${code}`)
    if (mustNotEnd() && !mayHaveEnded(whose)) breach('(iii)', `${from.name}: somebody was signed out for nothing`)
  }
  /** Somebody ended it on purpose, or may have. */
  const mayHaveEnded = (whose: number) => {
    const now = latest[whose]
    return typeof now === 'string' || now === undefined || ended.has(familyOf(now.access_token))
  }
  /** In this weather, or with this vendor, no grant ends by itself. */
  const mustNotEnd = () =>
    !rotates ||
    plan.weather === 'calm' ||
    plan.weather === 'outages' ||
    (plan.weather === 'lost answers' && policy.graceMs === 30_000)

  /**
   * Nothing that the vendor gave was lost for good: each pair came back in time, to a process that lives. A vendor that
   * only refuses a spent token leaves the family alive, so the keeper has to end up with its current pair.
   */
  const nothingLost = (family: string) =>
    policy.rotation === 'refuse' &&
    killed.size === 0 &&
    sent.every((each) => each.family !== family || each.post.outcome !== 'pair' || cameBack(each)) &&
    // Two in a row can leave two processes with different pairs of one generation.
    failedOver <= 1
  const cameBack = ({ post, at, answeredAt }: Sent) => {
    if (typeof post.answer !== 'number' || answeredAt === undefined || answeredAt - at > timeoutMs) return false
    // A deadline that fires less than 100 ms late proves nothing.
    return !frozen.some(
      ({ name, until }) => name === post.from && until >= at + timeoutMs && until - at - timeoutMs <= 100,
    )
  }

  return {
    record,
    onSend,
    onAnswer,
    /** Somebody signs in at a process. */
    async signIn(each: Running, whose: number): Promise<void> {
      if (each.machine.state !== 'running') return
      const tokens = vendor.signIn()
      const family = familyOf(tokens.access_token)
      families[whose] = [...(families[whose] ?? []), family]
      latest[whose] = 'unclear'
      const adopting = each.keeper.adopt(tokens, { vendor: 'acme', owner: whose === 0 ? 'ada' : 'bob' })
      const link = await clock.until(adopting, 30_000).catch(() => undefined)
      if (!link) return
      keys[whose] = link.grant
      latest[whose] = tokens
    },
    async disconnect(each: Running, whose: number): Promise<void> {
      if (each.machine.state !== 'running') return
      const was = latest[whose]
      latest[whose] = 'unclear'
      const done = clock.until(each.keeper.revoke(keys[whose] ?? ''), 30_000).then(
        () => true,
        (error) => error,
      )
      const outcome = await done
      if (outcome === true) latest[whose] = 'disconnected'
      else if (outcome instanceof EsignAuthError && outcome.code === 'key_unavailable' && was) latest[whose] = was
    },
    userRevokes(whose: number): void {
      const { tokens } = record(whose)
      if (!tokens) return
      vendor.revoke(tokens)
      ended.add(familyOf(tokens.access_token))
    },
    failOver(ms: number): void {
      const at = store.snapshot()
      clock.after(ms, () => {
        store.rewind(at)
        failedOver++
        rest = { since: 0, until: 0 }
        failedOverAt = clock.now()
        for (const each of sent) each.journalled = true
        for (const key of keys) {
          const bytes = store.peek(key)
          if (bytes) before.set(key, parse(bytes))
        }
      })
    },
    froze(each: Running, ms: number): void {
      frozen.push({ name: each.name, until: clock.now() + ms })
    },
    killed(each: Running): void {
      killed.add(each.name)
    },
    /** (iv): a caller has its answer within its deadline, unless its process was stopped meanwhile. */
    caller(from: Running, whose: number, asked: Promise<AccessToken>): void {
      const begun = clock.monotonic()
      const caller = { from, settled: false }
      callers.push(caller)
      const outcome = asked.then(
        ({ expiresAt }) => {
          if (expiresAt * 1000 <= clock.now() - 600_000) breach('(iii)', 'a token that has run out was served')
        },
        (error) => judge(from, whose, error),
      )
      void outcome.then(() => {
        caller.settled = true
        const took = clock.monotonic() - begun
        if (took > patienceMs && !from.disturbed) breach('(iv)', `a caller of ${from.name} waited for ${took} ms`)
      })
    },
    reads(count): void {
      // One for the callers; of their flight one or two of the grant, one of the client, and one after a conflict.
      if (plan.weather === 'calm' && count > 5) breach('5', `${count} reads for a burst of callers`)
    },
    /** (ii) and (iii), when nothing is under way. */
    atRest(): void {
      for (const whose of keys.keys()) atRest(whose)
      if (callers.some(({ settled, from }) => !settled && from.machine.state !== 'dead'))
        breach('(iv)', 'a caller waits for ever')
    },
    findings(): Findings {
      return { breaches: [...breaches], lost: [...keys.keys()].filter(isLost).length, posts: sent.length }
    },
  }

  function isLost(whose: number): boolean {
    return !mayHaveEnded(whose) && !vendor.isCurrent(record(whose).tokens?.refresh_token)
  }

  function atRest(whose: number): void {
    const { state, reason, doubt, suspect, lease, tokens } = record(whose)
    const mine = latest[whose]
    const good = vendor.isCurrent(tokens?.refresh_token)
    const was = ended.has(familyOf(tokens?.access_token))
    if (state === 'ok' && !good && !was && !doubt && !suspect && !lease && !failedOver)
      breach('(ii)', 'the stored refresh token is not the vendor’s, and the record does not say so')
    if (state === 'reauth_required') {
      if (good) breach('(iii)', 'signed out, and the stored token works')
      if (reason !== 'lost_response' && !was && !failedOver)
        breach('(ii)', `nobody ended it, and the reason is ${reason}`)
    }
    if (mine === 'unclear' || mine === undefined) return
    const theirs = typeof mine === 'object' && familyOf(tokens?.access_token) === familyOf(mine.access_token)
    if (failedOver) {
      // A sign-in of the last second may be gone, and a disconnect undone.
      if (theirs) lossOf(whose)
      return
    }
    if ((mine === 'disconnected') !== (state === 'revoked')) breach('51', `at last ${state}`)
    if (mine === 'disconnected') return
    if (!theirs) breach('50', 'the tokens are not those of the latest sign-in')
    lossOf(whose)
  }

  function lossOf(whose: number): void {
    if (!isLost(whose)) return
    const { tokens } = record(whose)
    if (mustNotEnd()) breach('(iii)', 'lost, although nothing was lost on the way')
    else if (nothingLost(familyOf(tokens?.access_token))) breach('(iii)', 'lost, although every pair came back')
  }
}

/** It was answered, and not judged: a limit, a failure, another mistake. */
function withoutVerdict({ answer, outcome }: Post): boolean {
  return answer === 'unsent' || (typeof answer === 'number' && outcome === 'nothing')
}

function parse(bytes: Uint8Array): GrantRecord {
  return JSON.parse(new TextDecoder().decode(bytes))
}

const secret = '0123456789abcdef0123456789abcdef'

/** A record with its tokens, opened by hand. */
function opened(bytes: Uint8Array, key: string): GrantRecord {
  const record = parse(bytes)
  const text: unknown = record.tokens
  if (typeof text !== 'string') return record
  const [header = '', , iv = '', sealed = '', tag = ''] = text.split('.')
  const { kid, ctx } = JSON.parse(Buffer.from(header, 'base64url').toString())
  if (ctx !== key) throw new Error('sealed for another grant')
  const derived = Buffer.from(hkdfSync('sha256', kid + secret, 'esign-auth', 'tokens in a store', 32))
  const decipher = createDecipheriv('aes-256-gcm', derived, Buffer.from(iv, 'base64url'))
  decipher.setAAD(Buffer.from(header)).setAuthTag(Buffer.from(tag, 'base64url'))
  const clear = decipher.update(sealed, 'base64url', 'utf8') + decipher.final('utf8')
  return { ...record, tokens: JSON.parse(clear) }
}
