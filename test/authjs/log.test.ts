import { inspect } from 'node:util'
import type { AuthConfig } from '@auth/core'
import { DropboxSign, ESignGlobal, esignConfig, InsureSign, withEsign } from 'esign-auth/authjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { echo, reply, reset, silence, startEvilVendor, tokens } from '../evil-vendor.ts'
import { type AuthApp, browser, type Config, testApp, type VendorId, vendorIds } from './express-app.ts'
import { nextLike } from './web-app.ts'

afterEach(() => void vi.restoreAllMocks())

/** What anybody wrote to the console meanwhile. */
function spyOnConsole(): { text(): string } {
  const written: string[] = []
  const note = (...args: unknown[]) => {
    written.push(args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg, { depth: null }))).join(' '))
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation(note)
  }
  vi.spyOn(process, 'emitWarning').mockImplementation(note)
  return { text: () => written.join('\n') }
}

/** A logger of the application's own, which prints all it gets. */
function ownLogger() {
  const written: string[] = []
  const note = (...args: unknown[]) => {
    written.push(inspect(args, { depth: null, showHidden: true }), JSON.stringify(args))
    for (const each of args) if (each instanceof Error) written.push(`${each.stack} ${inspect(each.cause)}`)
  }
  return { logger: { error: note, warn: note, debug: note }, text: () => written.join('\n') }
}

/** Everything in these sign-ins that nobody may read in a log. */
function secretsOf({ sandbox }: AuthApp, locations: string[], cookies: string[]): string[] {
  const requests = sandbox.log.flatMap(({ body, query }) => [body, query])
  const names = ['code', 'state', 'code_verifier', 'refresh_token', 'access_token', 'client_secret']
  const told = requests.flatMap((fields) => names.map((name) => fields[name] ?? ''))
  const states = locations.map((location) => new URL(location).searchParams.get('state') ?? '')
  const clients = vendorIds.map((id) => sandbox.vendors[id].client.clientSecret)
  return [...told, ...states, ...clients, ...cookies].filter((secret) => secret.length >= 8)
}

async function everyWay(app: AuthApp, issued: string[]) {
  const locations: string[] = []
  const cookies: string[] = []
  for (const id of vendorIds) {
    app.sandbox.vendors[id].switches.pkce = true
    noteTokens(app, id, issued)
    const visitor = browser(app.origin)
    const begin = async () => {
      const location = await visitor.begin(id, { callbackUrl: '/there' })
      locations.push(location)
      return location
    }
    const good = await app.sandbox.approve(await begin())
    await visitor.go(good.url)
    await visitor.session()
    await visitor.go(good.url)
    await visitor.go((await app.sandbox.deny(await begin())).url)
    app.sandbox.vendors[id].faults.add('token', { answer: { status: 400, body: '{"error":"invalid_grant"}' } })
    await visitor.go((await app.sandbox.approve(await begin())).url)
    cookies.push(...[...visitor.jar].filter(([name]) => !name.includes('callback-url')).map(([, value]) => value))
  }
  return secretsOf(app, locations, cookies)
}

/** Tokens that the fake hands out. */
function noteTokens({ sandbox }: AuthApp, id: VendorId, issued: string[]) {
  sandbox.vendors[id].faults.add('token', {
    answer: async (own) => {
      const body = (await own.clone().json()) as Record<string, string>
      issued.push(...['access_token', 'refresh_token'].map((name) => body[name] ?? '').filter(Boolean))
      return own
    },
  })
}

const quiet: Partial<Config>[] = [{ logger: undefined }, { logger: undefined, debug: true }] as never

it.each(vendorIds)('1.6 · a provider of %s that is printed, alone or in a config, shows no secret', (id) => {
  const factory = { insuresign: InsureSign, 'dropbox-sign': DropboxSign, esignglobal: ESignGlobal }[id]
  const tokenParams = { password: 'a password among the fields' }
  const provider = factory({ clientId: 'id', clientSecret: 'a secret of the client', tokenParams })
  const config: AuthConfig = { providers: [provider] }
  for (const each of [provider, config, esignConfig(config), withEsign(nextLike, config)]) {
    const text = [inspect(each, { depth: null, getters: true }), JSON.stringify(each)].join()
    expect(text).not.toMatch(/secret of|password/)
  }
  expect(inspect(provider)).toContain(id)
})

describe('1.6 · the log', () => {
  it.each(quiet)('1.6 · of Auth.js’s own kind holds nothing secret (%o)', async (config) => {
    const app = await testApp({ config, provider: { pkce: true } })
    const output = spyOnConsole()
    const issued: string[] = []
    const secrets = await everyWay(app, issued)
    expect(output.text()).toMatch(/\[auth\]\[error\]/)
    expect(issued.length).toBeGreaterThanOrEqual(6)
    for (const secret of [...secrets, ...issued]) expect(output.text()).not.toContain(secret)
    if (config.debug) expect(output.text()).toContain('authorization url is ready')
  })

  it('1.6 · of the application gets nothing secret either', async () => {
    const { logger, text } = ownLogger()
    const app = await testApp({ config: { logger, debug: true }, provider: { pkce: true } })
    const issued: string[] = []
    const secrets = await everyWay(app, issued)
    expect(text()).toContain('authorization url is ready')
    for (const secret of [...secrets, ...issued]) expect(text()).not.toContain(secret)
  })

  it('1.6 · tells why a sign-in failed, in the words of our error', async () => {
    const app = await testApp()
    app.sandbox.vendors.insuresign.faults.add('token', { answer: { status: 503 } })
    await app.signIn(browser(app.origin))
    expect(app.errors).toMatchObject([
      { name: 'EsignAuthError', code: 'http_error', vendor: 'insuresign', vendorStatus: 503 },
    ])
  })

  it.each([(raw: string) => raw, encodeURIComponent, (raw: string) => Buffer.from(raw).toString('base64')])(
    '1.6 · a vendor that echoes our request: nothing secret in page, address or log',
    async (encode) => {
      const evil = await startEvilVendor()
      evil.does = echo(encode)
      const { logger, text } = ownLogger()
      const app = await testApp({ config: { logger, debug: true }, provider: evil.address })
      for (const id of vendorIds) {
        const visitor = browser(app.origin)
        const state = new URL(await visitor.begin(id)).searchParams.get('state') ?? ''
        const answer = await visitor.go(`/auth/callback/${id}?code=the-code-of-this-test&state=${state}`)
        const location = answer.headers.get('location') ?? ''
        const page = await (await visitor.go(location)).text()
        const { clientSecret } = app.sandbox.vendors[id].client
        for (const secret of ['the-code-of-this-test', state, clientSecret].flatMap((each) => [
          each,
          encodeURIComponent(each),
          Buffer.from(each).toString('base64').slice(0, -4),
        ])) {
          expect(`${location} ${page} ${text()}`).not.toContain(secret)
        }
      }
      await evil.close()
    },
  )

  it('1.6 · a vendor that fails, also in the middle of its tokens: nothing secret in page, address or log', async () => {
    const evil = await startEvilVendor()
    const held = 'a-token-of-the-vendor'
    const { logger, text } = ownLogger()
    const app = await testApp({ config: { logger, debug: true }, provider: { ...evil.address, timeout: 300 } })
    const { clientSecret } = app.sandbox.vendors.insuresign.client
    for (const deed of [
      reset,
      silence,
      reply(`{"access_token":"${held}","refresh_token":"${held}"`),
      reply(`<html>${held}`, { headers: { 'content-type': 'text/html' } }),
      reply(`access_token=${held}`, { status: 400, headers: { 'content-type': `text/${held}` } }),
      tokens({ access_token: `${held} with a space` }),
      tokens({ access_token: held }, { status: 307, headers: { location: `https://evil.example/${held}` } }),
    ]) {
      evil.does = deed
      const visitor = browser(app.origin)
      const state = new URL(await visitor.begin('insuresign')).searchParams.get('state') ?? ''
      const answer = await visitor.go(`/auth/callback/insuresign?code=the-code-of-this-test&state=${state}`)
      const location = answer.headers.get('location') ?? ''
      expect(location).toContain('error=OAuthCallbackError')
      const page = await (await visitor.go(location)).text()
      for (const secret of [held, 'the-code-of-this-test', state, clientSecret])
        expect(`${location} ${page} ${text()}`).not.toContain(secret)
    }
    await evil.close()
  })

  it('1.2 · a vendor’s words are shown to nobody: only our sentence', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const state = new URL(await visitor.begin('insuresign')).searchParams.get('state')
    const query = new URLSearchParams({
      error: 'server_error',
      error_description: '<script>alert(1)</script>',
      error_uri: 'javascript:alert(1)',
    })
    const answer = await visitor.go(`/auth/callback/insuresign?${query}&state=${state}`)
    const location = answer.headers.get('location') ?? ''
    expect(location).toBe(`${app.origin}/auth/signin?error=OAuthCallbackError&code=authorization_failed`)
    const page = await (await visitor.go(location)).text()
    expect(page).toContain('The signing service refused the sign-in.')
    expect(page).not.toContain('alert(1)')
  })

  it.each(['constructor', 'toString', '__proto__', 'nonsense', '<script>'])(
    '1.2 · %s is no reason that the sign-in page would show',
    async (code) => {
      const app = await testApp()
      const page = (query: URLSearchParams) =>
        browser(app.origin)
          .go(`/auth/signin?${query}`)
          .then((answer) => answer.text())
      const plain = await page(new URLSearchParams({ error: 'OAuthCallbackError' }))
      const told = await page(new URLSearchParams({ error: 'OAuthCallbackError', code }))
      const sentence = (html: string) => /<div class="error"><p>([^<]*)/.exec(html)?.[1]
      expect(sentence(told)).toBe(sentence(plain))
    },
  )
})
