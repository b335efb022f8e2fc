import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from '../../examples/express/server.ts'
import { startExample } from './run-example.ts'

const credentials = { AUTH_INSURESIGN_ID: 'my-client', AUTH_INSURESIGN_SECRET: 'a+secret/of:mine', PORT: '0' }

describe('the Express example with credentials in the environment', () => {
  let demo: Demo
  afterEach(() => demo.close())

  async function login(env: NodeJS.ProcessEnv = {}) {
    demo = await startDemo({ ...credentials, ...env })
    const answer = await fetch(`${demo.listening}/login/insuresign`, { redirect: 'manual' })
    const { origin, pathname, searchParams } = new URL(answer.headers.get('location') ?? '')
    return { address: origin + pathname, query: searchParams, cookies: answer.headers.getSetCookie() }
  }

  it('talks to the real vendor and starts no sandbox', async () => {
    const { address, query } = await login()
    expect(address).toBe('https://sign-auth.insuresign.io/oauth2/authorize')
    expect(query.get('client_id')).toBe('my-client')
    expect(query.get('redirect_uri')).toBe(`${demo.url}/callback/insuresign`)
    expect(demo.sandbox).toBeUndefined()
    expect(demo.vendors.map(({ options }) => options)).toEqual([
      { clientID: 'my-client', clientSecret: 'a+secret/of:mine', legacy: false },
    ])
  })

  it.each([
    {
      id: 'dropbox-sign',
      env: { AUTH_DROPBOX_SIGN_ID: 'my-app', AUTH_DROPBOX_SIGN_SECRET: 'my-secret' },
      address: 'https://app.hellosign.com/oauth/authorize',
      own: { apiKey: undefined },
    },
    {
      id: 'dropbox-sign',
      env: { AUTH_DROPBOX_SIGN_ID: 'my-app', AUTH_DROPBOX_SIGN_SECRET: 'my-secret', AUTH_DROPBOX_SIGN_API_KEY: 'key' },
      address: 'https://app.hellosign.com/oauth/authorize',
      own: { apiKey: 'key' },
    },
    {
      id: 'esignglobal',
      env: { AUTH_ESIGNGLOBAL_ID: 'my-app', AUTH_ESIGNGLOBAL_SECRET: 'my-secret', AUTH_ESIGNGLOBAL_REGION: 'eu1' },
      address: 'https://account.esignglobal.com/oauth',
      own: { region: 'eu1' },
    },
    {
      id: 'esignglobal',
      env: { AUTH_ESIGNGLOBAL_ID: 'my-app', AUTH_ESIGNGLOBAL_SECRET: 'my-secret', AUTH_ESIGNGLOBAL_SANDBOX: 'true' },
      address: 'https://account-sml.esignglobal.com/oauth',
      own: { sandbox: true },
    },
  ])('talks to $id with $own', async ({ id, env, address, own }) => {
    demo = await startDemo({ ...env, PORT: '0' })
    const answer = await fetch(`${demo.listening}/login/${id}`, { redirect: 'manual' })
    const { origin, pathname, searchParams } = new URL(answer.headers.get('location') ?? '')
    expect(origin + pathname).toBe(address)
    expect([...searchParams.values()]).toEqual(expect.arrayContaining(['my-app', `${demo.url}/callback/${id}`]))
    expect(demo.vendors.map(({ options }) => options)).toEqual([
      { clientID: 'my-app', clientSecret: 'my-secret', ...own },
    ])
  })

  it('offers every vendor that it has credentials for, and no other', async () => {
    const more = { AUTH_ESIGNGLOBAL_ID: 'a', AUTH_ESIGNGLOBAL_SECRET: 'b', AUTH_ESIGNGLOBAL_REGION: 'as2' }
    demo = await startDemo({ ...credentials, ...more })
    const page = await (await fetch(demo.listening)).text()
    expect([...page.matchAll(/Sign in with ([\w ]+)/g)].map((match) => match[1])).toEqual(['InsureSign', 'eSignGlobal'])
  })

  it('names the real vendor on its page', async () => {
    await login()
    const page = await (await fetch(demo.listening)).text()
    expect(page).toContain('sign-auth.insuresign.io')
    expect(page).not.toContain('Sandbox')
  })

  it('makes its callback URL from PUBLIC_URL, and its cookies Secure with it', async () => {
    const { query, cookies } = await login({ PUBLIC_URL: 'https://demo.example' })
    expect(demo.url).toBe('https://demo.example')
    expect(query.get('redirect_uri')).toBe('https://demo.example/callback/insuresign')
    expect(cookies).toEqual([expect.stringMatching(/^__Host-esign-login\..*Secure/)])
    const denied = await fetch(`${demo.listening}/callback/insuresign?error=access_denied&state=unknown`, {
      headers: { 'X-Forwarded-Proto': 'https' },
      redirect: 'manual',
    })
    expect(denied.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^connect\.sid=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
  })
})

describe('npm run demo', () => {
  it.each([
    [{ AUTH_INSURESIGN_ID: 'my-client' }, 'Set both AUTH_INSURESIGN_ID and AUTH_INSURESIGN_SECRET, or neither.'],
    [
      { AUTH_DROPBOX_SIGN_SECRET: 'my-secret' },
      'Set both AUTH_DROPBOX_SIGN_ID and AUTH_DROPBOX_SIGN_SECRET, or neither.',
    ],
    [
      { AUTH_ESIGNGLOBAL_ID: 'my-app', AUTH_ESIGNGLOBAL_SECRET: 'my-secret', AUTH_ESIGNGLOBAL_REGION: 'us1' },
      'Set AUTH_ESIGNGLOBAL_REGION to as1, as2 or eu1, or AUTH_ESIGNGLOBAL_SANDBOX to true.',
    ],
  ])('says what is missing when only %j is there', async (env, missing) => {
    const { code, stderr } = await startExample('express/demo.ts', [], env).ended
    expect(stderr).toBe(`${missing}\n`)
    expect(code).toBe(1)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('prints the address to open, and ends cleanly on %s', async (signal) => {
    const { process, ended } = startExample('express/demo.ts')
    const address = await new Promise<string>((resolve) => {
      process.stdout?.on('data', (data) => resolve(/http:\S+/.exec(String(data))?.[0] ?? ''))
    })
    expect(await (await fetch(address)).text()).toContain('Sign in with InsureSign')
    // Browsers open connections ahead of need; such a one must not keep the demo alive.
    const spare = connect(Number(new URL(address).port), '127.0.0.1')
    await once(spare, 'connect')
    process.kill(signal)
    expect(await ended).toEqual({
      code: 0,
      stderr: '',
      stdout: `Open ${address}\nIt talks to the sandbox: no real account is involved.\n`,
    })
  })
})
