/** At most this many are remembered; the oldest is forgotten first, and then the vendor's single-use code still stands. */
const most = 100_000

/**
 * Uses a state up: `true` the first time it comes back to this process within `lifetime` milliseconds, `false` from then
 * on. One memory for all strategies and all copies of this module, since bundlers load a module more than once.
 */
export function useUp(state: string, now: number, lifetime: number): boolean {
  const used = memory()
  if (used.has(state)) return false
  for (const [oldest, at] of used) {
    if (used.size < most && now - at <= lifetime) break
    used.delete(oldest)
  }
  used.set(state, now)
  return true
}

function memory(): Map<string, number> {
  const home = globalThis as { [key: symbol]: { usedStates?: Map<string, number> } | undefined }
  const name = Symbol.for('esign-auth')
  home[name] ??= {}
  home[name].usedStates ??= new Map()
  return home[name].usedStates
}
