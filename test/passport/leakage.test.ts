import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { inspect } from 'node:util'
import type { Sandbox, SandboxRequest } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { paramOf, type TestApp, type TestAppOptions, testApp } from './app.ts'

const json = { 'content-type': 'application/json' }

afterEach(() => void vi.restoreAllMocks())

/** A value in the encodings in which it could come back. */
function forms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ]
}

/** Everything a developer could print of a value. */
function printed(value: unknown): string {
  return [
    inspect(value, { depth: null, showHidden: false, getters: true }),
    JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)),
    String(value),
    value instanceof Error ? `${value.stack} ${value.message} ${inspect(value.cause)}` : '',
  ].join('\n')
}

function expectNone(secrets: Readonly<Record<string, string>>, where: Readonly<Record<string, string>>): void {
  for (const [place, text] of Object.entries(where)) {
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret.length, what).toBeGreaterThanOrEqual(8)
      for (const form of forms(secret)) expect(text, `${what} in ${place}`).not.toContain(form)
    }
  }
}

/** What anybody wrote to the console or to standard output and error meanwhile. */
function spyOnOutput(): { text(): string } {
  const written: string[] = []
  const note = (...args: unknown[]) => {
    written.push(args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg, { depth: null }))).join(' '))
  }
  for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const) {
    vi.spyOn(console, method).mockImplementation(note)
  }
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      note(String(chunk))
      return true
    })
  }
  vi.spyOn(process, 'emitWarning').mockImplementation(note)
  return { text: () => written.join('\n') }
}

function secretsOf({ vendors }: Sandbox): { clientSecret: string; basic: string } {
  const { clientId, clientSecret } = vendors.insuresign.client
  return { clientSecret, basic: btoa(`${clientId}:${clientSecret}`) }
}

/** Lets the token endpoint quote the whole request, in every field and in several encodings. */
function echo({ sandbox }: TestApp, answer: (quoted: string, request: SandboxRequest) => string, status = 400): void {
  let request: SandboxRequest | undefined
  sandbox.vendors.insuresign.faults.add('token', {
    where: (each) => {
      request = each
      return true
    },
    answer: () => {
      if (!request) throw new Error('no request')
      const { body, authorization } = request
      const { code = '', code_verifier: verifier = '' } = body
      const secret = secretsOf(sandbox).clientSecret
      const quoted = [secret, code, verifier, authorization?.header ?? ''].flatMap(forms).join(' ')
      return new Response(answer(quoted, request), { status, headers: json })
    },
  })
}

/** A login at a vendor that misbehaves, and every secret in it. */
async function failedLogin(misbehave: (app: TestApp) => void, options: TestAppOptions = {}) {
  const app = await testApp({ ...options, strategy: { pkce: true, timeout: 300, ...options.strategy } })
  app.sandbox.vendors.insuresign.switches.pkce = true
  misbehave(app)
  const visitor = app.browser()
  const callback = await app.sandbox.approve(await visitor.login())
  const answer = await visitor.follow(callback)
  const verifier = app.tokenRequests()[0]?.body['code_verifier'] ?? ''
  const secrets = {
    ...secretsOf(app.sandbox),
    code: paramOf(callback, 'code'),
    state: paramOf(callback, 'state'),
    verifier,
  }
  const page = `${answer.text} ${JSON.stringify(answer.headers)}`
  // Express logs what went wrong a moment after it has answered.
  await new Promise((resolve) => setTimeout(resolve, 5))
  return { ...app, answer, secrets, page }
}

describe('1.6 · what a strategy shows when printed', () => {
  const strategy = {
    cookieSecret: 'a cookie secret of its own',
    customHeaders: { 'X-Api-Key': 'a key in a custom header' },
    tokenParams: { password: 'a password among the fields' },
  }
  const secrets = {
    cookie: strategy.cookieSecret,
    header: 'a key in a custom header',
    field: 'a password among the fields',
  }

  it('1.6 · neither it, nor its client, nor the Passport that holds it show a secret', async () => {
    const built = await testApp({ strategy })
    const all = { ...secrets, ...secretsOf(built.sandbox) }
    expectNone(all, {
      strategy: printed(built.strategy),
      'by name': printed(Object.create(built.strategy)),
      client: printed(built.strategy.client),
      passport: inspect(built.passport, { depth: null }),
      'spread out': printed({ ...built.strategy }),
      keys: Object.keys(built.strategy).join(),
    })
  })

  it('1.6 · nor after a login, passed directly', async () => {
    const built = await testApp({ direct: true, verify: (at, rt, _p, done) => done(null, { id: 'one', at, rt }) })
    const { at, rt } = (await built.signIn(built.browser())).body.user
    expectNone({ ...secretsOf(built.sandbox), at, rt }, { strategy: printed(built.strategy) })
  })

  it('1.6 · the stand-in for node-oauth holds no client secret', async () => {
    const { strategy: built, sandbox } = await testApp()
    expect(Object.keys(built)).not.toContain('_oauth2')
    expect(built._oauth2).not.toHaveProperty('_clientSecret')
    expectNone(secretsOf(sandbox), { _oauth2: inspect(built._oauth2, { depth: null, showHidden: true }) })
  })

  it('1.6 · the tokens that verify gets hide themselves', async () => {
    let told: { access_token: string; refresh_token: string } | undefined
    const { browser, signIn } = await testApp({
      strategy: { verifyStyle: 'tokens' },
      verify: (tokens) => {
        told = tokens
        return Promise.resolve({ id: 'one' })
      },
    })
    await signIn(browser())
    const { access_token = '', refresh_token = '' } = told ?? {}
    expectNone({ access_token, refresh_token }, { tokens: inspect(told, { depth: null }) })
    expect(JSON.parse(JSON.stringify(told))).toMatchObject({ access_token, refresh_token })
  })
})

describe('1.6 · an honest login', () => {
  it('1.6 · logs nothing at all', async () => {
    const output = spyOnOutput()
    const { browser, signIn, sandbox } = await testApp()
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(200)
    expect((await visitor.follow(await sandbox.deny(await visitor.login()))).status).toBe(403)
    expect(output.text()).toBe('')
  })

  it('1.6 · its authorization URL holds no secret and no parameter twice', async () => {
    const { browser, sandbox } = await testApp({ authenticate: { scope: 'a', state: { of: 'the application' } } })
    const location = await browser().login()
    expectNone(secretsOf(sandbox), { location })
    const names = [...new URL(location).searchParams.keys()]
    expect(names).toEqual([...new Set(names)])
    expect(names.sort()).toEqual(['client_id', 'redirect_uri', 'response_type', 'scope', 'state'])
  })
})

describe('1.6 · a vendor that echoes our request', () => {
  it.each([
    [
      'in error_description and error_uri',
      (quoted: string) => JSON.stringify({ error: 'invalid_grant', error_description: quoted, error_uri: quoted }),
    ],
    ['as the error code', (_: string, { body }: SandboxRequest) => JSON.stringify({ error: body['code'] })],
    [
      'in the shape of HelloSign',
      (quoted: string) => JSON.stringify({ error: { error_name: 'no', error_msg: quoted } }),
    ],
    ['in fields of its own', (quoted: string) => JSON.stringify({ message: quoted, request: { quoted } })],
    ['as a page', (quoted: string) => `<html>${quoted}`],
  ])('1.6 · %s: neither page, log nor error shows a secret', async (_, answer) => {
    for (const [status, errorPage] of [
      [400, 'json'],
      [200, 'express'],
    ] as const) {
      const output = spyOnOutput()
      const {
        page,
        secrets,
        errors,
        answer: answered,
      } = await failedLogin((app) => echo(app, answer, status), {
        errorPage,
        before: (app) => app.set('env', 'development'),
      })
      expect(answered.status).toBe(500)
      expect(errors).toHaveLength(1)
      if (errorPage === 'express') expect(output.text()).toMatch(/InsureSign: |TokenError: /)
      expectNone(secrets, { page, log: output.text(), error: errors.map(printed).join() })
      vi.restoreAllMocks()
    }
  })

  it('1.6 · an overridden parseErrorResponse gets none of it either', async () => {
    const { InsureSignStrategy } = await import('esign-auth/passport')
    const told: string[] = []
    class Telling extends InsureSignStrategy {
      override parseErrorResponse(body: string, status: number) {
        told.push(body)
        return new Error(`${status} ${body}`)
      }
    }
    const { page, secrets } = await failedLogin(
      (app) =>
        echo(app, (error_description) =>
          JSON.stringify({ error: 'invalid_grant', error_description, error_uri: error_description }),
        ),
      { Strategy: Telling },
    )
    expect(told).toHaveLength(1)
    expectNone(secrets, { page, body: told.join() })
  })
})

describe('1.6 · a vendor that fails', () => {
  const tokens = { access: 'an-access-token-of-the-vendor', refresh: 'a-refresh-token-of-the-vendor' }
  const holding = JSON.stringify({ access_token: tokens.access, refresh_token: tokens.refresh })

  it.each([
    ['the connection breaks', 'cut' as const],
    ['nothing comes', 'hang' as const],
    ['HTML that holds the tokens', { body: `<p>${holding}`, headers: { 'content-type': 'text/html' } }],
    ['half an answer', { body: holding.slice(0, -5), headers: json }],
    ['an answer without token_type', { body: holding, headers: json }],
    ['a 500 with the tokens', { status: 500, body: holding, headers: json }],
    ['a redirect with the tokens', { status: 307, headers: { location: `https://evil.example/?t=${tokens.access}` } }],
  ])('1.6 · %s: nothing secret in page, log or error', async (_, answer) => {
    const output = spyOnOutput()
    const { page, secrets, errors } = await failedLogin(
      ({ sandbox }) => sandbox.vendors.insuresign.faults.add('token', { answer }),
      { errorPage: 'express', before: (app) => app.set('env', 'development') },
    )
    expect(errors).toHaveLength(1)
    expect(output.text()).toContain('InsureSign: ')
    const { access, refresh } = tokens
    expectNone({ ...secrets, access, refresh }, { page, log: output.text(), error: errors.map(printed).join() })
  })

  it('1.6 · a userinfo endpoint that echoes the bearer: nothing secret in page, log or error', async () => {
    const output = spyOnOutput()
    let bearer = ''
    const base = await testApp()
    const { browser, signIn, errors } = await testApp({
      sandbox: base.sandbox,
      errorPage: 'express',
      strategy: {
        userProfileURL: 'https://api-v2.insuresign.io/userinfo',
        fetch: async (input, init) => {
          const request = new Request(input, init)
          if (!request.url.endsWith('/userinfo')) return base.sandbox.fetch(input as string, init)
          bearer = request.headers.get('authorization')?.slice('Bearer '.length) ?? ''
          return Response.json({ error: 'invalid_token', error_description: `no good: ${bearer}` }, { status: 401 })
        },
      },
    })
    const answer = await signIn(browser())
    expect(answer.status).toBe(500)
    expectNone({ bearer }, { page: answer.text, log: output.text(), error: errors.map(printed).join() })
  })
})

describe('1.3 · pages at the callback', () => {
  it('1.3 · the page of a refused callback shows neither code, state nor token', async () => {
    const { browser, sandbox } = await testApp({ errorPage: 'express', before: (app) => app.set('env', 'development') })
    const visitor = browser()
    const location = await visitor.login()
    const callback = await sandbox.approve(location)
    const [code, state] = [paramOf(callback, 'code'), paramOf(callback, 'state')]
    const requests = [
      `/callback?code=${code}`,
      `/callback?state=${state}`,
      `/callback?code=${code}&code=${code}&state=${state}`,
      `/callback?code=${code}&state=${state}x`,
      `/callback?error=invalid_scope&error_description=sorry&state=${state}`,
      `/callback?code=${code}&state=${state}`,
    ]
    vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const request of requests) {
      const answer = await visitor.get(request)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expectNone({ code, state }, { [request]: answer.text + JSON.stringify(answer.headers) })
    }
  })

  it('1.3 · the Location after a success, or a failure, shows neither code nor state', async () => {
    const { browser, sandbox } = await testApp({
      callbackOptions: { successRedirect: '/home', failureRedirect: '/sorry', failureMessage: true },
    })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const secrets = { code: paramOf(callback, 'code'), state: paramOf(callback, 'state') }
    for (const location of ['/home', '/sorry']) {
      const answer = await visitor.follow(callback)
      expect([answer.status, answer.headers['location']]).toEqual([302, location])
      expectNone(secrets, { page: answer.text + JSON.stringify(answer.headers) })
    }
  })
})

describe('1.6 · debug mode', () => {
  it('1.6 · with DEBUG=* what is printed is still redacted', async () => {
    // A process of its own, since `debug` reads its environment once.
    const program = `
      import express from 'express'
      import session from 'express-session'
      import passport from 'passport'
      import { InsureSignStrategy } from 'esign-auth/passport'
      import { createSandbox } from 'esign-auth/sandbox'
      const sandbox = createSandbox()
      const { client, faults, switches } = sandbox.vendors.insuresign
      client.redirectUris.push('https://app.example/callback')
      switches.accessToken = 'jwt'
      const options = { clientID: client.clientId, clientSecret: client.clientSecret, callbackURL: 'https://app.example/callback', fetch: sandbox.fetch }
      const secrets = [client.clientSecret, btoa(client.clientId + ':' + client.clientSecret)]
      passport.use(new InsureSignStrategy(options, (at, rt, profile, done) => { secrets.push(at, rt); done(null, { id: profile.id }) }))
      passport.serializeUser((user, done) => done(null, user))
      const app = express().use(session({ secret: 'x', resave: false, saveUninitialized: false }))
      app.get('/callback', passport.authenticate('insuresign'), (req, res) => res.end('welcome'))
      const server = app.listen(0, '127.0.0.1', async () => {
        const at = 'http://127.0.0.1:' + server.address().port
        for (const round of ['honest', 'echo']) {
          const begun = await fetch(at + '/callback', { redirect: 'manual' })
          const cookie = begun.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')
          const { url } = await sandbox.approve(begun.headers.get('location'))
          let quoted = ''
          if (round === 'echo') faults.add('token', {
            where: (request) => { quoted = request.authorization.header + ' ' + client.clientSecret; return true },
            answer: () => Response.json({ error: 'invalid_client', error_description: quoted }, { status: 401 }),
          })
          const answer = await fetch(at + '/callback' + new URL(url).search, { headers: { cookie } })
          console.log(round, answer.status, await answer.text())
        }
        process.send(secrets, () => process.exit())
      })`
    const args = ['--conditions=esign-auth:source', '--import=tsx', '--input-type=module', '-e', program]
    const { stdout, stderr, secrets } = await runWithDebug(args)
    expect(stdout).toMatch(/^honest 200 welcome$/m)
    expect(stdout).toMatch(/^echo 500/m)
    expect(stderr).toContain('express:')
    const [clientSecret = '', basic = '', access = '', refresh = ''] = secrets
    expectNone({ clientSecret, basic, access, refresh }, { stdout, stderr })
  })
})

/** Runs Node with DEBUG=*; the program sends the secrets it used. */
async function runWithDebug(args: string[]): Promise<{ stdout: string; stderr: string; secrets: string[] }> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, DEBUG: '*', NODE_ENV: 'development', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const output = { stdout: '', stderr: '' }
  let secrets: string[] = []
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  child.on('message', (message) => {
    secrets = message as string[]
  })
  await once(child, 'close')
  return { ...output, secrets }
}
