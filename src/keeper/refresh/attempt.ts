import { EsignAuthError } from '../../oauth/errors.ts'
import { salvagedRefreshToken } from '../../oauth/token-answer.ts'
import type { TokenSet } from '../../oauth/token-set.ts'
import { pause } from '../clock.ts'
import { ClientMisconfigured, StoreUnavailable, VendorUnavailable } from '../errors.ts'
import type { Grant, KeeperParts } from '../keeper-context.ts'
import type { GrantRecord } from '../record.ts'
import { doubted, released } from '../record-changes.ts'
import { commitPair, commitRefusal, release } from './commit.ts'
import { classOf, cooldownMs, type FailureClass, whatFollows } from './failure-classes.ts'
import type { Circumstances, Landing } from './landing.ts'
import type { Taken } from './lease.ts'
import { holdLease } from './lease.ts'
import { insideGrace } from './refresh-windows.ts'

/** `lost`: another instance holds the lease by now, so this one decides nothing. */
export type AttemptOutcome = Landing | 'lost'

/** One attempt with a lease: check, post, judge, commit. */
export async function attempt(
  parts: KeeperParts,
  grant: Grant,
  taken: Taken,
  circumstances: Circumstances,
): Promise<AttemptOutcome> {
  const { clock, clientRecords, emit, times, closed } = parts
  const names = { grant: grant.id, vendor: grant.client.vendor.id }
  const lease = holdLease(parts, grant, taken, circumstances.asked)
  const commit = (tokens: TokenSet, restMs?: number) =>
    commitPair(parts, grant, lease, tokens, { ...circumstances, restMs })
  const failures = new Map<FailureClass, number>()
  const noStore = new StoreUnavailable(grant.client.vendor)
  try {
    for (;;) {
      if (closed.aborted) return await giveBack('closed')
      // A holder that slept past half its lease asks the store before it posts.
      if (!(await lease.confirm())) return lease.lost() ? 'lost' : await giveBack('', { failure: noStore })
      const begun = clock.monotonic()
      emit({ name: 'refresh.attempt', ...names })
      const answer = post(grant, taken.record, times.timeout)
      const outcome = await closed.unless(answer)
      if (!outcome) {
        // Given up, as an outcome that nobody knows. Should it come while this process still runs, it is stored.
        answer.then(({ tokens }) => tokens && commit(tokens)).catch(() => {})
        return await giveBack('closed', { doubt: true })
      }
      if (outcome.tokens) {
        clientRecords.worked(grant.client)
        const generation = taken.record.generation + 1
        emit({ name: 'refresh.success', ...names, generation, ms: clock.monotonic() - begun })
        return await commit(outcome.tokens)
      }
      const landing = await judge(outcome.error)
      if (landing) return landing
    }
  } finally {
    await lease.stop()
  }

  /** What a failure leads to; `undefined`: the next post, whose time has come. */
  async function judge(error: unknown): Promise<AttemptOutcome | undefined> {
    const { client } = grant
    const kind = classOf(error, { terminalErrors: client.vendor.terminalErrors, machine: taken.record.machine })
    const failed = error instanceof EsignAuthError ? error : undefined
    const code = failed?.oauth?.error ?? failed?.code ?? 'unknown'
    emit({ name: 'refresh.failure', ...names, outcome: kind, code })
    if (kind === 'terminal') clientRecords.worked(client)
    else {
      const ms = clientRecords.failed(client, grant.id, error)
      if (ms !== undefined) emit({ name: 'cooldown', ...names, ms, client: true })
    }
    // A new refresh token is stored before anything else is judged. Its answer yields no access token.
    const salvaged = salvagedRefreshToken(error)
    if (salvaged !== undefined && taken.record.tokens) {
      const { record } = await commit({ ...taken.record.tokens, refresh_token: salvaged }, cooldownMs)
      return { record, failure: unavailable(cooldownMs, code) }
    }
    if (kind === 'terminal') return commitRefusal(parts, grant, lease)
    if (kind === 'unknown') emit({ name: 'unknown_outcome', ...names })
    const nth = failures.get(kind) ?? 0
    failures.set(kind, nth + 1)
    const doubt = kind === 'unknown' && circumstances.spends
    const now = clock.now()
    const journalled = (record: GrantRecord) => (doubt ? doubted(record, now) : record)
    const record = journalled(lease.current().record)
    const safe = (ms: number) => !circumstances.spends || insideGrace(record, now + ms, client.vendor.graceMs)
    const next = whatFollows(kind, failed, { nth, random: clock.random, safe })
    if ('restMs' in next) {
      const misconfigured = kind === 'configuration' ? new ClientMisconfigured(client.vendor, code) : undefined
      return giveBack(code, { ...next, doubt, failure: misconfigured })
    }
    // What cannot be journalled is not sent again.
    if (doubt && !(await lease.beat(journalled)))
      return lease.lost() ? 'lost' : giveBack('', { doubt, failure: noStore })
    if (clock.monotonic() + next.againMs >= circumstances.giveUp) return giveBack(code)
    await pause(clock, next.againMs)
    return undefined
  }

  function giveBack(
    why: string,
    {
      restMs,
      doubt = false,
      failure,
    }: { restMs?: number | undefined; doubt?: boolean; failure?: Error | undefined } = {},
  ): Promise<Landing> {
    const now = clock.now()
    const until = restMs === undefined ? undefined : now + restMs
    const change = (record: GrantRecord) =>
      released(doubt && circumstances.spends ? doubted(record, now) : record, until)
    return release(parts, grant, lease, change, failure ?? unavailable(restMs ?? 1_000, why))
  }

  function unavailable(ms: number, why: string): VendorUnavailable {
    return new VendorUnavailable(grant.client.vendor, ms, why)
  }
}

async function post(
  { client }: Grant,
  { machine, tokens }: GrantRecord,
  timeout: number,
): Promise<{ tokens?: TokenSet; error?: unknown }> {
  try {
    return {
      tokens: await (machine ? client.clientCredentials({ timeout }) : client.refresh(tokens ?? {}, { timeout })),
    }
  } catch (error) {
    return { error }
  }
}
