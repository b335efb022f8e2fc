import { setTimeout } from 'node:timers/promises'
import type { Sandbox } from 'esign-auth/sandbox'
import type { Person } from './person.ts'

/** What a step is played with. */
export interface Stage {
  readonly person: Person
  readonly url: string
  readonly sandbox: Sandbox
}

/** One thing a person does, and what must come of it. */
export interface Step {
  readonly title: string
  play(stage: Stage): Promise<string>
  /** What the page must say in the end. */
  readonly says: readonly string[]
  /** What the vendor must have been asked, and how it must have answered. */
  readonly asks: readonly string[]
}

/** One vendor from sign-in to sign-out: what differs from the others. */
export interface Walk {
  readonly vendor: string
  /** How the page names who signed in. */
  readonly who: string
  /** The requests of every sign-in: the browser's, and the app's when it was approved. */
  readonly authorize: string
  readonly exchange: readonly string[]
  readonly refresh: string
  /** What is done with the first access token, up to its end, and with the refreshed one. */
  readonly before: readonly Step[]
  readonly after: readonly Step[]
}

const documents = { button: 'List my documents', path: '/my/documents', shows: '"documents"' }
const ownAccount = { button: 'Show my account', path: '/v3/account', shows: '"email_address": "grace@example.com"' }

/** Every vendor of the sandbox. */
export const walks: readonly Walk[] = [
  {
    vendor: 'InsureSign',
    who: 'grace@example.com',
    authorize: 'GET /oauth2/authorize 200',
    exchange: ['POST /oauth2/token 200'],
    refresh: 'POST /oauth2/token 200',
    before: [callApi('Call the API', documents), callTooLate('insuresign', documents)],
    after: [callApi('Call the API again', documents)],
  },
  {
    vendor: 'Dropbox Sign',
    who: 'grace@example.com',
    authorize: 'GET /oauth/authorize 200',
    exchange: ['POST /oauth/token 200', 'GET /v3/account 200'],
    refresh: 'POST /oauth/token?refresh 200',
    before: [callApi('Call the API', ownAccount), callTooLate('dropbox-sign', ownAccount)],
    after: [callApi('Call the API again', ownAccount)],
  },
  {
    vendor: 'eSignGlobal',
    who: 'Your eSignGlobal account',
    authorize: 'GET /oauth 200',
    exchange: ['POST /esignglobal/v1/oauth2/accessToken 200'],
    refresh: 'POST /esignglobal/v1/oauth2/accessToken 200',
    before: [
      {
        // There is no API call that would fail. The page itself can tell, if the next token lives one second.
        title: 'Let an access token expire',
        async play({ person, url, sandbox }) {
          const { switches } = sandbox.vendors.esignglobal
          const { accessLifetime } = switches
          switches.accessLifetime = 1
          await person.press('Refresh the token')
          switches.accessLifetime = accessLifetime
          await setTimeout(1100)
          return person.open(url)
        },
        says: ['Ran out', 'documents no API call'],
        asks: ['POST /esignglobal/v1/oauth2/accessToken 200'],
      },
    ],
    after: [],
  },
]

/** The steps of a walk, in their order. */
export function stepsOf({ vendor, who, authorize, exchange, refresh, before, after }: Walk): Step[] {
  return [
    {
      title: 'Sign in',
      async play({ person, url }) {
        await person.open(url)
        await person.follow(`Sign in with ${vendor}`)
        return person.press('Approve')
      },
      says: [`Signed in with ${vendor}`, who, 'Runs out in'],
      asks: [authorize, ...exchange],
    },
    ...before,
    {
      title: 'Refresh the token',
      play: ({ person }) => person.press('Refresh the token'),
      says: ['The access token was refreshed', 'Runs out in'],
      asks: [refresh],
    },
    ...after,
    {
      title: 'Deny access',
      async play({ person }) {
        await person.follow('Use another account')
        return person.press('Deny')
      },
      says: [`${vendor}: access was denied`, who],
      asks: [authorize],
    },
    {
      title: 'Sign out',
      play: ({ person }) => person.press('Sign out'),
      says: ['You are signed out', `Sign in with ${vendor}`],
      asks: [],
    },
  ]
}

type Call = typeof documents

function callApi(title: string, { button, path, shows }: Call): Step {
  return {
    title,
    play: ({ person }) => person.press(button),
    says: [`GET ${path}`, shows],
    asks: [`GET ${path} 200`],
  }
}

function callTooLate(vendor: keyof Sandbox['vendors'], { button, path }: Call): Step {
  return {
    title: 'Let the access token expire',
    play({ person, sandbox }) {
      sandbox.vendors[vendor].expireAccessTokens()
      return person.press(button)
    },
    says: ['the access token has expired'],
    asks: [`GET ${path} 401`],
  }
}
