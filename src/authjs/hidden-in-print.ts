/**
 * The object itself, of which `console.log`, `util.inspect` and `JSON.stringify` show no more than `shown`: it holds a
 * client secret. Auth.js, which reads and copies its members, finds them as before.
 */
export function discreet<T extends object>(it: T, shown: object): T {
  const value = () => shown
  Object.defineProperty(it, Symbol.for('nodejs.util.inspect.custom'), { value })
  return Object.defineProperty(it, 'toJSON', { value })
}
