import { addressOf, dialectOf } from './dialect.ts'
import { createPerson } from './person.ts'
import { type Stage, type Step, stepsOf, walks } from './walks.ts'

/**
 * Does what a person would do, through the app over HTTP, vendor by vendor, and prints each step with what it asked of
 * the vendor. Ends at the first step that does not come out as it must, and says why; `true` when all did.
 */
export async function once(stage: Omit<Stage, 'person'>, print: (line: string) => void): Promise<boolean> {
  const { log } = stage.sandbox
  for (const walk of walks) {
    const person = createPerson()
    for (const [index, step] of stepsOf(walk).entries()) {
      const name = `${walk.vendor} ${index + 1}. ${step.title}`
      const before = log.length
      print(name)
      const fault = await play(step, { ...stage, person })
      const asked = log.slice(before).map((request) => dialectOf(request).join('\n   '))
      for (const request of counted(asked)) print(`   ${request}`)
      if (fault) print(`   ✗ ${name}: ${fault}`)
      else print(`   ✓ The page says: ${step.says.join(' · ')}`)
      print('')
      if (fault) return false
    }
  }
  return true
}

/** Plays a step; returns what is wrong with its result. */
async function play(step: Step, stage: Stage): Promise<string | undefined> {
  const { log } = stage.sandbox
  const before = log.length
  try {
    const text = await step.play(stage)
    const missing = step.says.find((words) => !text.includes(words))
    if (missing) return `the page should say "${missing}", but it says: ${text}`
  } catch (error) {
    return String(error)
  }
  const asked = counted(log.slice(before).map((request) => `${request.method} ${addressOf(request)} ${request.status}`))
  if (asked.join() === step.asks.join()) return undefined
  return `the vendor should be asked ${step.asks.join(', ') || 'nothing'}, but was asked ${asked.join(', ') || 'nothing'}`
}

/** Each request once, in the order in which they first came, and how often. */
function counted(requests: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const request of requests) counts.set(request, (counts.get(request) ?? 0) + 1)
  return Array.from(counts, ([request, count]) => (count === 1 ? request : `${request} (${count} times)`))
}
