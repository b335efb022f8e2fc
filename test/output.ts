import { type MockInstance, vi } from 'vitest'

/** Spies on everything by which a program speaks: the console, both streams, warnings. */
export function spiesOnOutput(): MockInstance[] {
  return [
    ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) => vi.spyOn(console, name)),
    vi.spyOn(process.stdout, 'write'),
    vi.spyOn(process.stderr, 'write'),
    vi.spyOn(process, 'emitWarning'),
  ]
}
