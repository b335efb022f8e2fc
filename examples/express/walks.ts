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
    before: [
      callApi('Call the API', documents),
      callTooLate('insuresign', documents, 'POST /oauth2/token 200'),
      callFiftyTimes('insuresign', documents, 'POST /oauth2/token 200'),
    ],
    after: [callApi('Call the API again', documents)],
  },
  {
    vendor: 'Dropbox Sign',
    who: 'grace@example.com',
    authorize: 'GET /oauth/authorize 200',
    exchange: ['POST /oauth/token 200', 'GET /v3/account 200'],
    refresh: 'POST /oauth/token?refresh 200',
    before: [
      callApi('Call the API', ownAccount),
      callTooLate('dropbox-sign', ownAccount, 'POST /oauth/token?refresh 200'),
      callFiftyTimes('dropbox-sign', ownAccount, 'POST /oauth/token?refresh 200'),
    ],
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
        // There is no API call to make. But the page shows a token, and asks for it as an API call would.
        title: 'Come back when the access token has run out',
        async play({ person, url, sandbox }) {
          const { switches } = sandbox.vendors.esignglobal
          const { accessLifetime } = switches
          switches.accessLifetime = 2
          await person.press('Refresh the token')
          switches.accessLifetime = accessLifetime
          await setTimeout(2100)
          return person.open(url)
        },
        says: ['Runs out in 23 hours', '2 refreshes so far'],
        asks: ['POST /esignglobal/v1/oauth2/accessToken 200 (2 times)'],
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
      title: 'Sign out, and sign in again',
      async play({ person }) {
        await person.press('Sign out')
        await person.follow(`Sign in with ${vendor}`)
        return person.press('Approve')
      },
      says: [`Signed in with ${vendor}`],
      asks: [authorize, ...exchange],
    },
    {
      title: 'Disconnect',
      play: ({ person }) => person.press('Disconnect'),
      says: ['your tokens are forgotten here', `Sign in with ${vendor}`],
      asks: [],
    },
  ]
}

type Call = typeof documents

function callApi(title: string, { button, path, shows }: Call): Step {
  return {
    title,
    play: ({ person }) => person.press(button),
    says: [`GET ${path} → 200`, shows],
    asks: [`GET ${path} 200`],
  }
}

function callTooLate(vendor: keyof Sandbox['vendors'], { button, path, shows }: Call, refresh: string): Step {
  return {
    title: 'Call it when the vendor has ended the access token',
    play({ person, sandbox }) {
      sandbox.vendors[vendor].expireAccessTokens()
      return person.press(button)
    },
    says: [`GET ${path} → 200`, shows, 'Generation 2, 1 refresh so far'],
    asks: [`GET ${path} 401`, refresh, `GET ${path} 200`],
  }
}

function callFiftyTimes(vendor: keyof Sandbox['vendors'], { path }: Call, refresh: string): Step {
  return {
    title: 'Call it fifty times at once with an expired token',
    play({ person, sandbox }) {
      sandbox.vendors[vendor].expireAccessTokens()
      return person.press('Fifty API calls at once')
    },
    says: ['50 answers, 1 refresh.', 'Generation 3, 2 refreshes so far'],
    asks: [`GET ${path} 401 (50 times)`, refresh, `GET ${path} 200 (50 times)`],
  }
}
