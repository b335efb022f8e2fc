import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { InsureSignStrategy } from 'esign-auth/passport'
import { createSandbox } from 'esign-auth/sandbox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ours, passportOAuth2 } from '../compat/libraries.ts'
import { callbackURL, plainVendor } from '../compat/plain-vendor.ts'
import { type Browser, createBrowser } from '../passport/browser.ts'
import { serve } from '../passport/serve.ts'
import { startNode } from './run-example.ts'

const folder = new URL('../../examples/passport-oauth2-app/', import.meta.url)
const createApp: (OAuth2Strategy: unknown, config: object) => RequestListener = createRequire(folder)('./app.cjs')
const program = new URL('../../examples/passport-oauth2-app/server.cjs', import.meta.url)

/** A vendor, and the configuration of the app for it. */
interface World {
  readonly config: object
  approve(location: string): Promise<Parameters<Browser['follow']>[0]> | Parameters<Browser['follow']>[0]
  tokenCalls(): number
  /** Lets every access token run out; from now on refresh tokens are used once, and a second use ends the login. */
  expire(): void
}

/** Speaks nothing but RFC 6749. */
async function plainWorld(): Promise<World> {
  const vendor = await plainVendor()
  return {
    config: vendor.options,
    approve: vendor.approve,
    tokenCalls: () => vendor.tokenRequests().length,
    expire() {
      vendor.expireAccessTokens()
      Object.assign(vendor.switches, { rotation: true, reuseDetection: true, latency: 30 })
    },
  }
}

/** InsureSign's sandbox, on loopback. */
async function insureSignWorld(redirectUri: string = callbackURL): Promise<World> {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  onTestFinished(() => listening.close())
  const { client, switches, faults, expireAccessTokens } = sandbox.vendors.insuresign
  client.redirectUris.push(redirectUri)
  const { endpoints, api, allowLoopbackHttp } = listening.options('insuresign')
  return {
    config: {
      clientID: client.clientId,
      clientSecret: client.clientSecret,
      callbackURL: redirectUri,
      authorizationURL: endpoints.authorization,
      tokenURL: endpoints.token,
      userProfileURL: `${api[0]}/my/documents`,
      allowLoopbackHttp,
    },
    approve: sandbox.approve,
    tokenCalls: () => sandbox.log.filter(({ place }) => place === 'token').length,
    expire() {
      expireAccessTokens()
      Object.assign(switches, { rotation: 'always', reuseDetection: true })
      faults.add('token', { latency: 30, times: 50 })
    },
  }
}

/** The app with this base class, and a browser. */
async function start(OAuth2Strategy: unknown, { config }: World): Promise<Browser> {
  const url = await serve(createApp(OAuth2Strategy, { ...config, sessionSecret: 'a secret of the tests' }))
  return createBrowser(url)
}

const owner = { plain: 'grace', insuresign: createSandbox().vendors.insuresign.users[0]?.id }

describe.each([
  ['passport-oauth2 itself', passportOAuth2, plainWorld, owner.plain],
  ['our class for the same vendor', ours, plainWorld, owner.plain],
  ["InsureSign's class", InsureSignStrategy, insureSignWorld, owner.insuresign],
] as const)('an app written for passport-oauth2, with %s', (name, OAuth2Strategy, createWorld, user) => {
  it('signs in, keeps the cart, and shows the documents', async () => {
    const world = await createWorld()
    const visitor = await start(OAuth2Strategy, world)
    const answer = await visitor.follow(await world.approve(await visitor.login('/login?cart=pens')))
    expect([answer.status, answer.headers['location']]).toEqual([302, '/'])
    expect((await visitor.get('/')).body).toEqual({ user, cart: 'pens', seconds: 3600 })
    const documents = (await visitor.get('/documents')).body.documents as { owner: string }[]
    expect(documents.map(({ owner }) => owner)).toContain(user)
  })

  it('says why a sign-in failed: refused by its own store, or by the user', async () => {
    const world = await createWorld()
    const visitor = await start(OAuth2Strategy, world)
    const location = new URL(await visitor.login())
    expect((await visitor.get('/callback?code=x&state=forged')).headers['location']).toBe('/')
    expect((await visitor.get('/')).body).toMatchObject({
      user: null,
      problem: expect.stringMatching(/not known here/),
    })
    const state = location.searchParams.get('state')
    await visitor.get(`/callback?error=access_denied&error_description=No+thanks&state=${state}`)
    expect((await visitor.get('/')).body).toMatchObject({ user: null, problem: expect.stringMatching(/No thanks$/) })
    expect(world.tokenCalls()).toBe(0)
  })

  it('asks for new tokens when the old ones have run out', async () => {
    const world = await createWorld()
    const visitor = await start(OAuth2Strategy, world)
    await visitor.follow(await world.approve(await visitor.login()))
    world.expire()
    expect((await visitor.get('/documents')).status).toBe(200)
    expect(world.tokenCalls()).toBe(2)
  })

  const safe = name !== 'passport-oauth2 itself'
  it(`fifty requests with one expired token: ${safe ? 'one token call, and all are answered' : 'the login is lost'}`, async () => {
    const world = await createWorld()
    const visitor = await start(OAuth2Strategy, world)
    await visitor.follow(await world.approve(await visitor.login()))
    world.expire()
    const before = world.tokenCalls()
    const answers = await Promise.all(Array.from({ length: 50 }, () => visitor.get('/documents')))
    const tokenCalls = world.tokenCalls() - before
    const failures = answers.filter(({ status }) => status !== 200).length
    const { status } = await visitor.get('/documents')
    if (safe) expect({ tokenCalls, failures, status }).toEqual({ tokenCalls: 1, failures: 0, status: 200 })
    else {
      expect(tokenCalls).toBeGreaterThan(1)
      expect(failures).toBeGreaterThan(1)
      expect(status).not.toBe(200)
    }
  })
})

describe('the same app at InsureSign', () => {
  it('does not get in with passport-oauth2 itself: InsureSign wants the secret in a header', async () => {
    const world = await insureSignWorld()
    const visitor = await start(passportOAuth2, world)
    expect((await visitor.follow(await world.approve(await visitor.login()))).status).toBe(500)
    expect((await visitor.get('/')).body.user).toBeNull()
  })

  it('is a program that requires the package', async () => {
    const world = await insureSignWorld('http://127.0.0.1:1/callback')
    const config = world.config as Record<string, string>
    const source = ['--conditions=esign-auth:source', '--import=tsx', fileURLToPath(program)]
    const started = startNode(source, {
      env: {
        PORT: '0',
        SESSION_SECRET: 'a secret of the tests',
        CLIENT_ID: config['clientID'],
        CLIENT_SECRET: config['clientSecret'],
        CALLBACK_URL: config['callbackURL'],
        AUTHORIZATION_URL: config['authorizationURL'],
        TOKEN_URL: config['tokenURL'],
        DOCUMENTS_URL: config['userProfileURL'],
        ALLOW_LOOPBACK_HTTP: 'true',
      },
    })
    onTestFinished(async () => {
      started.process.kill()
      await started.ended
    })
    const [line] = (await once(started.process.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    const visitor = createBrowser(/http:\S+/.exec(String(line))?.[0] ?? '')
    await visitor.follow(await world.approve(await visitor.login('/login?cart=ink')))
    expect((await visitor.get('/')).body).toEqual({ user: owner.insuresign, cart: 'ink', seconds: 3600 })
  })
})
