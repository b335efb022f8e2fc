import { type Client, type ClientOptions, createClient, dropboxSign, insureSign, type TokenSet } from 'esign-auth'
import { createTokenKeeper, sqliteStore } from 'esign-auth/keeper'
import { DocuSignStrategy } from 'esign-auth/passport'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { createSignIn, type SignIn } from 'esign-auth/web'
import express from 'express'
import Database from 'libsql'
import passport from 'passport'
import supertest from 'supertest'
import { expect, it } from 'vitest'

// What docs/ quotes, and no example shows.

const callbackURL = 'http://app.example/callback'
const vendor = 'insuresign'

async function insureSignIn(sandbox: Sandbox, more: Partial<ClientOptions> = {}): Promise<[Client, TokenSet]> {
  const { client: registered } = sandbox.vendors.insuresign
  registered.redirectUris.push(callbackURL)
  const { clientId, clientSecret } = registered
  const client = createClient(insureSign, { clientId, clientSecret, fetch: sandbox.fetch, ...more })
  const url = client.authorizationUrl({ redirectUri: callbackURL, state: 's1' })
  const callback = client.readCallback(new URL((await sandbox.approve(url)).url).search)
  if ('error' in callback) throw new Error(callback.error)
  return [client, await client.exchangeCode({ ...callback, redirectUri: callbackURL })]
}

it('docs/keeping-tokens.md keeps tokens in SQLite', async () => {
  const sandbox = createSandbox()
  const [client, tokens] = await insureSignIn(sandbox)
  const keys = [{ kid: 'k1', secret: 'a key of the tests, of more than 32 characters' }]
  const [file, owner] = [':memory:', 'user-1']
  const db = new Database(file)
  const store = sqliteStore(db)
  db.exec(store.schema.create) // once, in your migrations
  const keeper = createTokenKeeper({ store, keys, clients: [client] })
  await keeper.adopt(tokens, { owner, vendor })
  const answer = await keeper.fetch({ owner, vendor: 'insuresign' }, '/my/documents')
  expect(answer.status).toBe(200)
  await keeper.close()
  db.close()
})

it('docs/testing-with-the-sandbox.md makes everything go wrong', async () => {
  const sandbox = createSandbox()
  const [client, tokens] = await insureSignIn(sandbox)
  const userId = sandbox.vendors.insuresign.users[0]?.id ?? ''
  const { faults, switches } = sandbox.vendors.insuresign
  switches.rotation = 'always' // every refresh spends the refresh token
  switches.reuseDetection = true // and a spent one ends the login
  faults.add('token', { answer: { status: 503 }, times: 2 })
  faults.add('token', { answer: 'cut', when: 'after' }) // the vendor did it, and the answer was lost
  sandbox.clock.advance(3_600_000) // the access token has run out
  sandbox.vendors.insuresign.revokeUser(userId) // the user withdraws access at the vendor
  for (const status of [503, 503, undefined, 400]) {
    await expect(client.refresh(tokens)).rejects.toMatchObject({ vendorStatus: status })
  }
})

it('docs/migrating.md signs in at DocuSign with the strategy’s name, demo and profile', async () => {
  const sandbox = createSandbox()
  const { clientId: clientID, clientSecret } = sandbox.vendors.docusign.register({
    redirectUris: [callbackURL],
    demo: true,
  })
  const more = { fetch: sandbox.fetch }
  const strategy = new DocuSignStrategy(
    { clientID, clientSecret, callbackURL, scope: ['signature'], demo: true, ...more },
    (_accessToken, _refreshToken, profile, done) =>
      done(null, { id: `docusign:${profile.id}`, name: profile.displayName }),
  )
  const app = express()
  const own = new passport.Passport()
  own.use(strategy)
  app.get('/login', own.authenticate('docusign', { session: false }))
  app.get('/callback', own.authenticate('docusign', { session: false }), (req, res) => res.json(req.user))
  const browser = supertest.agent(app)
  const { location = '' } = (await browser.get('/login')).headers
  const { url } = await sandbox.approve(location)
  const { body } = await browser.get(url.replace('http://app.example', ''))
  expect(body).toEqual({ id: expect.stringMatching(/^docusign:/), name: 'Grace Osei' })
})

it('docs/migrating.md hands over tokens that a database holds', async () => {
  const sandbox = createSandbox()
  const [client, tokens] = await insureSignIn(sandbox)
  const keeper = createTokenKeeper({ clients: [client] })
  const rows = [{ owner: 'user-1', accessToken: tokens.access_token, refreshToken: tokens.refresh_token }]
  for (const { owner, accessToken, refreshToken } of rows) {
    await keeper.adopt({ access_token: accessToken, refresh_token: refreshToken, expires_at: 0 }, { owner, vendor })
  }
  expect((await keeper.fetch({ owner: 'user-1', vendor }, '/my/documents')).status).toBe(200)
  expect(sandbox.log.filter(({ body }) => body['grant_type'] === 'refresh_token')).toHaveLength(1)
  await keeper.close()
})

it('docs/production-checklist.md counts what happens, without token data', async () => {
  const metrics: [string, object][] = []
  const keeper = createTokenKeeper({
    onEvent: ({ name, ...facts }) => metrics.push([name, facts]), // no token data
  })
  const sandbox = createSandbox()
  const [client, tokens] = await insureSignIn(sandbox)
  keeper.addClient(client)
  await keeper.adopt({ ...tokens, expires_at: 0 }, { owner: 'user-1', vendor })
  await keeper.access({ owner: 'user-1', vendor })
  expect(metrics.map(([name]) => name)).toContain('refresh.success')
  expect(JSON.stringify(metrics)).not.toContain(tokens.refresh_token)
  await keeper.close()
})

/** A sign-in with a fake of Dropbox Sign, and the request with which a browser comes back from a login that it began. */
function webSignIn(): [SignIn, (begun: Response) => Promise<Request>] {
  const sandbox = createSandbox()
  const { clientId, clientSecret } = sandbox.vendors['dropbox-sign'].register({ redirectUris: [callbackURL] })
  const options = { clientId, clientSecret, callbackUrl: callbackURL, fetch: sandbox.fetch as typeof fetch }
  return [
    createSignIn(dropboxSign, options),
    async (begun) => {
      const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
      const cookie = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
      return new Request(url, { headers: { cookie: cookie.join('; ') } })
    },
  ]
}

it('docs/web.md signs in where the host speaks Request and Response', async () => {
  const [signIn, comeBack] = webSignIn()
  const worker = {
    async fetch(request: Request): Promise<Response> {
      const { pathname } = new URL(request.url)
      if (pathname === '/login') return signIn.begin(request)
      if (pathname !== '/callback') return new Response('Not found', { status: 404 })
      const { identity, headers } = await signIn.finish(request)
      return new Response(`Hello ${identity?.email}`, { headers })
    },
  }
  expect((await worker.fetch(new Request('http://app.example/'))).status).toBe(404)
  const begun = await worker.fetch(new Request('http://app.example/login'))
  const answer = await worker.fetch(await comeBack(begun))
  expect(await answer.text()).toBe('Hello grace@example.com')
  expect(answer.headers.getSetCookie()).toHaveLength(1)
})

it('docs/web.md connects an account to the user who is signed in', async () => {
  const [signIn, comeBack] = webSignIn()
  const app = async (request: Request, user?: string): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (pathname === '/connect' && user) return signIn.connect(request, { owner: user, returnTo: '/accounts' })
    const { connected, owner, returnTo, headers } = await signIn.finish(request, { owner: user })
    return Response.json({ connected, owner, returnTo }, { headers })
  }
  const begun = await app(new Request('http://app.example/connect'), 'alice')
  const done = await app(await comeBack(begun), 'alice')
  expect(await done.json()).toEqual({ connected: true, owner: 'alice', returnTo: '/accounts' })
  const again = await app(new Request('http://app.example/connect'), 'alice')
  await expect(comeBack(again).then((request) => app(request, 'bob'))).rejects.toMatchObject({ code: 'owner_mismatch' })
})
