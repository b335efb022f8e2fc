import type { Brand } from '../machinery/fake.ts'

/** A brand whose vendor publishes no colours: these, and the mark of strokes in a 48 by 48 square, are ours. */
export function brandOf(name: string, light: string, dark: string, strokes: string): Brand {
  return {
    name,
    colour: { light, dark },
    mark:
      `<svg viewBox="0 0 48 48" aria-hidden="true"><rect width="48" height="48" rx="12" fill="${light}"/>` +
      `<path d="${strokes}" fill="none" stroke="#fff" stroke-width="2.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  }
}
