import type { Sandbox } from 'esign-auth/sandbox'
import { dialectOf } from './dialect.ts'
import { createPerson, type Person } from './person.ts'

/** What a step is played with. */
interface Stage {
  readonly person: Person
  readonly url: string
  readonly sandbox: Sandbox
}

/** One thing a person does, and what must come of it. */
interface Step {
  readonly title: string
  play(stage: Stage): Promise<string>
  /** What the page must say in the end. */
  readonly says: readonly string[]
  /** What the vendor must have been asked, and how it must have answered. */
  readonly asks: readonly string[]
}

const authorize = 'GET /oauth2/authorize 200'
const token = 'POST /oauth2/token 200'

const steps: readonly Step[] = [
  {
    title: 'Sign in',
    async play({ person, url }) {
      await person.open(url)
      await person.follow('Sign in with InsureSign')
      return person.press('Approve')
    },
    says: ['Signed in with InsureSign', 'grace@example.com', 'Runs out in'],
    asks: [authorize, token],
  },
  {
    title: 'Call the API',
    play: ({ person }) => person.press('List my documents'),
    says: ['GET /my/documents', '"documents"'],
    asks: ['GET /my/documents 200'],
  },
  {
    title: 'Let the access token expire',
    play({ person, sandbox }) {
      sandbox.vendors.insuresign.expireAccessTokens()
      return person.press('List my documents')
    },
    says: ['the access token has expired'],
    asks: ['GET /my/documents 401'],
  },
  {
    title: 'Refresh the token',
    play: ({ person }) => person.press('Refresh the token'),
    says: ['The access token was refreshed'],
    asks: [token],
  },
  {
    title: 'Call the API again',
    play: ({ person }) => person.press('List my documents'),
    says: ['GET /my/documents', '"documents"'],
    asks: ['GET /my/documents 200'],
  },
  {
    title: 'Deny access',
    async play({ person }) {
      await person.follow('Use another account')
      return person.press('Deny')
    },
    says: ['InsureSign: access was denied', 'grace@example.com'],
    asks: [authorize],
  },
  {
    title: 'Sign out',
    play: ({ person }) => person.press('Sign out'),
    says: ['You are signed out', 'Sign in with InsureSign'],
    asks: [],
  },
]

/**
 * Does what a person would do, through the app over HTTP, and prints each step with what it asked of the vendor. Ends
 * at the first step that does not come out as it must, and says why; `true` when all did.
 */
export async function once(stage: Omit<Stage, 'person'>, print: (line: string) => void): Promise<boolean> {
  const { log } = stage.sandbox
  const person = createPerson()
  for (const [index, step] of steps.entries()) {
    const name = `${index + 1}. ${step.title}`
    const before = log.length
    print(name)
    const fault = await play(step, { ...stage, person })
    for (const line of log.slice(before).flatMap(dialectOf)) print(`   ${line}`)
    if (fault) print(`   ✗ Step ${name}: ${fault}`)
    else print(`   ✓ The page says: ${step.says.join(' · ')}`)
    print('')
    if (fault) return false
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
  const asked = log.slice(before).map(({ method, path, status }) => `${method} ${path} ${status}`)
  if (asked.join() === step.asks.join()) return undefined
  return `the vendor should be asked ${step.asks.join(', ') || 'nothing'}, but was asked ${asked.join(', ') || 'nothing'}`
}
