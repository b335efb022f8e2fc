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
    find: async (id: string) => all.get(id),
    async findOrCreate(id: string) {
      const user = all.get(id) ?? { id }
      all.set(id, user)
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
    await browser.get('/').expect({ user: { id: 'insuresign:6f1e2a54-0c3b-4f0e-9a57-2d8b3c1f7e01' } })
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

  /** Somebody who is signed in, with an access token that the vendor has ended. */
  async function signedIn() {
    const sandbox = createSandbox()
    const { client, switches, users } = sandbox.vendors.insuresign
    const { clientId: clientID, clientSecret } = client
    client.redirectUris.push(callbackURL)
    switches.accessToken = 'jwt'
    const { fetch } = sandbox
    const app = createApp({
      clientID,
      clientSecret,
      callbackURL,
      fetch,
      minRefreshAge: 0,
      sessionSecret,
      users: createUsers(),
    })
    const browser = supertest.agent(app)
    const { location = '' } = (await browser.get('/login')).headers
    await browser.get((await sandbox.approve(location)).url.replace('http://app.example', ''))
    sandbox.vendors.insuresign.expireAccessTokens()
    return { browser, vendor: sandbox.vendors.insuresign, person: users[0]?.id ?? '' }
  }

  it('calls the API with a token that is fresh', async () => {
    const { browser } = await signedIn()
    const { body } = await browser.get('/documents').expect(200)
    expect(body.documents).toHaveLength(3)
  })

  it('sends to the sign-in who is not signed in, or whose access was withdrawn', async () => {
    const { browser, vendor, person } = await signedIn()
    vendor.revokeUser(person)
    await browser.get('/documents').expect(302).expect('location', '/login')
    await browser.get('/').expect({})
    await browser.get('/documents').expect(302).expect('location', '/login')
  })

  it('keeps signed in whom the vendor cannot serve at the moment', async () => {
    const { browser, vendor } = await signedIn()
    vendor.faults.add('token', { answer: { status: 503 }, times: Number.POSITIVE_INFINITY })
    await browser.get('/documents').expect(503).expect('retry-after', /^\d+$/)
    expect((await browser.get('/')).body.user).toBeDefined()
  })

  it('leaves every other error to Express', async () => {
    const { browser, vendor } = await signedIn()
    vendor.faults.add('api', { answer: { body: 'no JSON' }, times: 2 })
    await browser.get('/documents').expect(500)
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
