import { createSandbox } from 'esign-auth/sandbox'
import supertest from 'supertest'
import { describe, expect, it } from 'vitest'
import { signIn } from '../../examples/quick-start/client.ts'
import { createApp, type User } from '../../examples/quick-start/express.ts'

const callbackURL = 'http://app.example/callback'
const sessionSecret = 'a secret of the tests'

/** Users as a database would keep them. */
function createUsers() {
  const all = new Map<string, User>()
  return {
    all,
    find: async (key: string) => all.get(key),
    async findOrCreate(key: string) {
      const user = all.get(key) ?? { key }
      all.set(key, user)
      return user
    },
  }
}

describe('the quick start with Express', () => {
  it('signs somebody in', async () => {
    const users = createUsers()
    const sandbox = createSandbox()
    const { client, switches } = sandbox.vendors.insuresign
    client.redirectUris.push(callbackURL)
    switches.accessToken = 'jwt' // its `sub` says who signed in

    const { clientId: clientID, clientSecret } = client
    const { fetch } = sandbox // in place of the network
    const app = createApp({ clientID, clientSecret, callbackURL, fetch, sessionSecret, users })

    const browser = supertest.agent(app)
    const { location = '' } = (await browser.get('/login')).headers
    const callback = await sandbox.approve(location, 'Grace Osei')
    await browser.get(callback.url.replace('http://app.example', ''))
    await browser.get('/').expect({ user: { key: 'insuresign:6f1e2a54-0c3b-4f0e-9a57-2d8b3c1f7e01' } })
  })

  it('says why nobody was signed in', async () => {
    const sandbox = createSandbox()
    const { client } = sandbox.vendors.insuresign
    client.redirectUris.push(callbackURL)
    const { clientId: clientID, clientSecret } = client
    const { fetch } = sandbox
    const app = createApp({ clientID, clientSecret, callbackURL, fetch, sessionSecret, users: createUsers() })
    const browser = supertest.agent(app)
    const { location = '' } = (await browser.get('/login')).headers
    const callback = await sandbox.deny(location)
    await browser.get(callback.url.replace('http://app.example', '')).expect(302).expect('location', '/')
    await browser.get('/').expect({ problem: 'InsureSign: access was denied.' })
  })
})

describe('the quick start without a framework', () => {
  const sandbox = createSandbox()
  const { client, users } = sandbox.vendors['dropbox-sign']
  client.redirectUris.push(callbackURL)
  const { clientId, clientSecret } = client
  const options = { clientId, clientSecret, fetch: sandbox.fetch }

  it('signs somebody in, refreshes and calls the API', async () => {
    const visit = async (url: string) => new URL((await sandbox.approve(url, 'Mei Tanaka')).url).search
    const { id, email, account } = await signIn(options, callbackURL, { visit })
    expect([id, email]).toEqual([users[2]?.id, 'mei@example.com'])
    expect(account).toMatchObject({ account_id: id, email_address: email })
    expect(sandbox.log.map(({ path, status }) => `${path} ${status}`)).toEqual([
      '/oauth/authorize 200',
      '/oauth/token 200',
      '/v3/account 200',
      '/oauth/token 200',
      '/v3/account 200',
    ])
  })

  it('signs nobody in who refused, or whose callback belongs to another sign-in', async () => {
    const refuses = { visit: async (url: string) => new URL((await sandbox.deny(url)).url).search }
    await expect(signIn(options, callbackURL, refuses)).rejects.toThrow('not signed in: access_denied')
    const forged = { visit: async () => 'code=a-stolen-code&state=a-stolen-state' }
    await expect(signIn(options, callbackURL, forged)).rejects.toThrow('this browser began no such sign-in')
  })
})
