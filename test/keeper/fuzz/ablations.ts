import type { policies, Weather } from './plan.ts'

/** A part of the keeper, switched off by one change of its source. */
export interface Ablation {
  /** Of `src/keeper`. */
  readonly file: string
  /** Must be there exactly once. */
  readonly find: string
  readonly replace: string
  /** Where its loss shows. */
  readonly where: readonly (readonly [vendor: keyof typeof policies, weather: Weather])[]
  /** What the fuzz then finds. */
  readonly shows: RegExp
}

/** What each part prevents: without it the fuzz finds this. A part that nothing misses has no place in the keeper. */
export const ablations: Readonly<Record<string, Ablation>> = {
  lease: {
    file: 'refresh/flight.ts',
    find: 'seen = sighted(record.lease, seen, clock.monotonic())',
    replace: 'seen = undefined',
    where: [['strict', 'calm']],
    shows: /signed out for nothing|nothing was lost on the way/,
  },
  heartbeat: {
    file: 'refresh/lease.ts',
    find: '  schedule()\n  const self',
    replace: '  const self',
    where: [['strict', 'calm']],
    shows: /signed out for nothing|nothing was lost on the way/,
  },
  'journal of doubt': {
    file: 'record-changes.ts',
    find: 'return { ...record, doubt: { n: (record.doubt?.n ?? 0) + 1, since: record.doubt?.since ?? now } }',
    replace: 'return record',
    where: [['strict', 'storm']],
    shows: /without a journal|the reason is revoked/,
  },
  'R1, a success counts without the lease': {
    file: 'refresh/commit.ts',
    find: '    const committed = over(record)',
    replace: '    if (record.lease?.id !== mine.lease?.id) return theirs\n    const committed = over(record)',
    where: [['refuses reuse', 'freezes']],
    shows: /every pair came back/,
  },
  'R2, the later attempt stays': {
    file: 'refresh/commit.ts',
    find: 'if (record.pairAttempt > mine.attempt) return theirs',
    replace: '',
    where: [['refuses reuse, grace 10 s', 'freezes']],
    shows: /every pair came back/,
  },
  'R3, a refusal counts with the lease only': {
    file: 'refresh/commit.ts',
    find: 'const verdict = await lease.end((record) => refused(record, now, vendor.idleLifetime), 3)',
    replace:
      'await lease.stop(); const there = await parts.records.readBack(grant.id); const verdict = there && refused(there.record, now, vendor.idleLifetime); if (verdict) await parts.records.write(grant.id, verdict, there.version)',
    where: [['refuses reuse', 'freezes']],
    shows: /the stored token works|every pair came back/,
  },
  'check before the post': {
    file: 'refresh/attempt.ts',
    find: '!(await lease.confirm())',
    replace: 'false',
    where: [['strict', 'freezes']],
    shows: /without a journal/,
  },
  'write-back': {
    file: 'records.ts',
    find: 'if (!wentBack(record, known)) {',
    replace: 'if (true) {',
    where: [['refuses reuse', 'fail-overs']],
    shows: /every pair came back/,
  },
  'suspect mark': {
    file: 'record-changes.ts',
    find: 'suspect: suspect || undefined,\n    lease',
    replace: 'suspect: undefined,\n    lease',
    where: [['strict', 'freezes']],
    shows: /does not say so|the reason is revoked/,
  },
  'no cool-down inside a grace': {
    file: 'refresh/failure-classes.ts',
    find: 'return safe(againMs) ? { againMs } : { restMs: cooldownMs }',
    replace: 'return { restMs: cooldownMs }',
    where: [['strict, grace 30 s', 'lost answers']],
    shows: /nothing was lost on the way|signed out for nothing/,
  },
  'the pair written again and again': {
    file: 'refresh/commit.ts',
    find: 'if (closed.aborted) return { record: committed }',
    replace: 'return { record: committed }',
    where: [['strict', 'outages']],
    shows: /signed out for nothing|nothing was lost on the way/,
  },
  'shared first reads': {
    file: 'records.ts',
    find: 'const peek = (grantId: string) => reads.share(',
    replace: 'const peek = (grantId: string) => ((_: string, act: () => Promise<Current | undefined>) => act())(',
    where: [['strict', 'calm']],
    shows: /reads for a burst/,
  },
  'client record': {
    file: 'refresh/flight.ts',
    find: 'if (restMs > 0) return unavailable',
    replace: 'if (restMs < 0) return unavailable',
    where: [['strict', 'calm']],
    shows: /while its client rests/,
  },
}
