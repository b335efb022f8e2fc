/** Objects and lists within each other, at most: no vendor nests deeper, and what recurses over a value stays safe. */
export const deepestNesting = 64

/** Whether a value nests deeper than {@link deepestNesting}, or holds itself. Does not recurse. */
export function isNestedTooDeep(value: unknown): boolean {
  // A set, so that what several places share is looked at once for each depth.
  let level = objectsIn([value])
  for (let depth = 0; level.size > 0; depth++) {
    if (depth === deepestNesting) return true
    const next = new Set<object>()
    for (const each of level) objectsIn(Object.values(each), next)
    level = next
  }
  return false
}

function objectsIn(values: readonly unknown[], found: Set<object> = new Set()): Set<object> {
  for (const value of values) if (typeof value === 'object' && value !== null) found.add(value)
  return found
}
