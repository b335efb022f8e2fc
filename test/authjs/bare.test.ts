import type { AuthConfig } from '@auth/core'
import { DropboxSign, ESignGlobal, InsureSign } from 'esign-auth/authjs'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startEvilVendor } from '../evil-vendor.ts'
import { unusable, usable } from './answers.ts'
import { forgetProcess } from './later.ts'
import { nextLike, site, webVisitor } from './web-app.ts'

const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
beforeEach(() => {
  // What has been said once is not said again.
  forgetProcess()
  emitWarning.mockClear()
})
afterEach(() => void vi.unstubAllEnvs())

const warnings = () => emitWarning.mock.calls.map(([message]) => String(message))

/** A plain config: no withEsign anywhere. */
function plain(providers: AuthConfig['providers'], more: Partial<AuthConfig> = {}) {
  const errors: Error[] = []
  const host = nextLike({
    secret: 'an Auth.js secret, long enough for a test',
    trustHost: true,
    providers,
    logger: { error: (error) => errors.push(error), warn: () => {} },
    ...more,
  })
  return { me: webVisitor(host), errors }
}

/** Options of a provider of a sandbox. */
function optionsOf(sandbox: Sandbox, id: 'insuresign' | 'dropbox-sign' | 'esignglobal') {
  const { clientId, clientSecret, redirectUris } = sandbox.vendors[id].client
  redirectUris.push(`${site}/api/auth/callback/${id}`)
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  // Auth.js's own parameters, which a plain config cannot leave out.
  if (id !== 'esignglobal') sandbox.vendors[id].switches.alsoAccepts.authorize.push('scope')
  return { clientId, clientSecret, fetch: sandbox.fetch }
}

async function signIn(sandbox: Sandbox, { me }: ReturnType<typeof plain>, id: string) {
  const location = (await me.press(id)).headers.get('location') ?? ''
  const answer = await me.go((await sandbox.approve(location)).url)
  return { location: new URL(location), end: answer.headers.get('location') }
}

describe('in a plain config, without withEsign', () => {
  it('InsureSign signs in: only its token request is odd', async () => {
    const sandbox = createSandbox()
    const jwt = vi.fn(({ token }) => token)
    const app = plain([InsureSign(optionsOf(sandbox, 'insuresign'))], { callbacks: { jwt } })
    const { location, end } = await signIn(sandbox, app, 'insuresign')
    expect(end).toBe(site)
    expect(location.searchParams.get('scope')).toBe('')
    expect(jwt.mock.calls[0]?.[0]).toMatchObject({
      account: { provider: 'insuresign', access_token: expect.any(String), refresh_token: expect.any(String) },
    })
    expect(warnings()).toEqual([])
    expect(app.errors).toEqual([])
  })

  it('1.1 · a state of another browser is refused, by Auth.js', async () => {
    const sandbox = createSandbox()
    const app = plain([InsureSign(optionsOf(sandbox, 'insuresign'))])
    const location = (await app.me.press('insuresign')).headers.get('location') ?? ''
    const { url } = await sandbox.approve(location)
    await app.me.go(url.replace(/state=[^&]+/, 'state=other'))
    expect(await app.me.session()).toBeNull()
    expect(sandbox.log.filter(({ place }) => place === 'token')).toEqual([])
  })

  it('Dropbox Sign signs in where `state` may be missing, and says once that it does', async () => {
    const sandbox = createSandbox()
    sandbox.vendors['dropbox-sign'].switches.stateInExchange = 'lenient'
    for (const _ of [1, 2]) {
      const app = plain([DropboxSign(optionsOf(sandbox, 'dropbox-sign'))])
      expect((await signIn(sandbox, app, 'dropbox-sign')).end).toBe(site)
    }
    expect(sandbox.log.find(({ place }) => place === 'token')?.body).not.toHaveProperty('state')
    expect(warnings()).toEqual([expect.stringMatching(/Dropbox Sign.*without `state`.*withEsign/)])
  })

  it.each([
    ['the option `redirectUri`', { redirectUri: `${site}/api/auth/callback/esignglobal` }, ''],
    ['AUTH_URL', {}, `${site}/api/auth`],
  ])('eSignGlobal sends both spellings, by %s', async (_, option, url) => {
    vi.stubEnv('AUTH_URL', url)
    const sandbox = createSandbox()
    sandbox.vendors.esignglobal.switches.bothSpellings = true
    const provider = ESignGlobal({ region: 'as1', ...optionsOf(sandbox, 'esignglobal'), ...option })
    const app = plain([provider])
    const { location, end } = await signIn(sandbox, app, 'esignglobal')
    expect(end).toBe(site)
    const { clientId } = sandbox.vendors.esignglobal.client
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      client_id: clientId,
      clientId,
      redirect_uri: `${site}/api/auth/callback/esignglobal`,
      redirectUri: `${site}/api/auth/callback/esignglobal`,
      scope: 'signature',
    })
    expect(warnings()).toEqual([expect.stringMatching(/eSignGlobal.*two spellings.*withEsign/)])
  })

  it('eSignGlobal says once what it lacks where nothing tells its address', async () => {
    const app = plain([ESignGlobal({ region: 'as1', clientId: 'id', clientSecret: 'a secret' })])
    await app.me.press('esignglobal')
    await app.me.press('esignglobal')
    expect(warnings()).toEqual([expect.stringMatching(/eSignGlobal.*lacks redirectUri.*withEsign/)])
  })

  it('PKCE is checked where the client uses it', async () => {
    const sandbox = createSandbox()
    sandbox.vendors.insuresign.switches.pkce = true
    const app = plain([InsureSign({ ...optionsOf(sandbox, 'insuresign'), pkce: true })])
    const { location, end } = await signIn(sandbox, app, 'insuresign')
    expect(location.searchParams.get('code_challenge_method')).toBe('S256')
    expect(end).toBe(site)
    expect(sandbox.log.find(({ place }) => place === 'token')?.body).toHaveProperty('code_verifier')
    expect(InsureSign({}).checks).toEqual(['state'])
  })

  it('1.4 · two people at once with one text as token are who each of them is', async () => {
    const arrived: (() => void)[] = []
    const both = new Promise<void>((resolve) => arrived.push(resolve))
    let asked = 0
    const fetch = async (_: unknown, init?: RequestInit) => {
      const code = new URLSearchParams(String(init?.body)).get('code')
      if (++asked === 2) arrived[0]?.()
      await both
      const sub = Buffer.from(JSON.stringify({ sub: code })).toString('base64url')
      return Response.json({ access_token: 'one-text', token_type: 'bearer', id_token: `e30.${sub}.x` })
    }
    const jwt = vi.fn(({ token }) => token)
    const provider = InsureSign({ clientId: 'id', clientSecret: 'a secret', fetch: fetch as typeof globalThis.fetch })
    const end = async (code: string) => {
      const { me } = plain([provider], { callbacks: { jwt } })
      const state = new URL((await me.press('insuresign')).headers.get('location') ?? '').searchParams.get('state')
      return me.go(`/api/auth/callback/insuresign?code=${code}&state=${state}`)
    }
    await Promise.all([end('anna'), end('berta')])
    const accounts = jwt.mock.calls.map(([{ account }]) => account)
    expect(accounts.map((account) => account.providerAccountId).sort()).toEqual(['anna', 'berta'])
    expect(JSON.stringify(accounts)).not.toContain('ticket')
  })

  it('1.5 · claims of tokens that did not come through the provider’s own exchange do not count', async () => {
    const claims = Buffer.from(JSON.stringify({ sub: 'somebody' })).toString('base64url')
    const jwt = `e30.${claims}.x`
    const { userinfo } = InsureSign({ clientId: 'id', clientSecret: 'a secret' })
    const { request } = userinfo as unknown as { request(context: object): Promise<object> }
    for (const tokens of [{ access_token: jwt }, { access_token: jwt, id_token: jwt, esign_auth_ticket: 'forged' }]) {
      await expect(request({ tokens })).rejects.toMatchObject({ cause: { err: { code: 'identity_unknown' } } })
    }
  })

  it('a setting that is missing keeps only that vendor from signing in, and is named', async () => {
    const sandbox = createSandbox()
    const provider = InsureSign(optionsOf(sandbox, 'insuresign'))
    const app = plain([ESignGlobal({ clientId: 'id', clientSecret: 'a secret' }), provider])
    const location = (await app.me.press('esignglobal')).headers.get('location') ?? ''
    expect(new URL(location).host).toBe('provider-esignglobal-is-not-configured.invalid')
    expect(warnings()).toEqual([expect.stringMatching(/esignglobal.*region/)])
    expect((await signIn(sandbox, app, 'insuresign')).end).toBe(site)
  })

  it.each([...Object.entries(usable).slice(0, 12), ...Object.entries(unusable).slice(0, 14)])(
    'a token answer with %s signs in, or leads to the sign-in page',
    async (name, deed) => {
      const evil = await startEvilVendor()
      evil.does = deed
      const profile = () => ({ id: 'somebody' })
      const clientSecret = 'a secret of this test'
      const app = plain([InsureSign({ ...evil.address, clientId: 'id', clientSecret, profile, timeout: 500 })])
      const state = new URL((await app.me.press('insuresign')).headers.get('location') ?? '').searchParams.get('state')
      const answer = await app.me.go(`/api/auth/callback/insuresign?code=a-code&state=${state}`)
      const end = answer.headers.get('location') ?? ''
      if (name in usable) expect(end).toBe(site)
      else expect(end).toMatch(/\/api\/auth\/signin\?error=OAuthCallbackError$/)
      await evil.close()
    },
  )
})

describe('calling a factory', () => {
  it.each([InsureSign, DropboxSign, ESignGlobal])(
    'throws nothing, says nothing, and touches nothing: %#',
    (factory) => {
      for (const options of [undefined, {}, { clientId: undefined }, { clientId: '', clientSecret: '\n' }]) {
        expect(() => factory(options)).not.toThrow()
        expect(factory(options)).toMatchObject({
          type: 'oauth',
          name: expect.any(String),
          style: { logo: expect.any(String) },
        })
      }
      expect(warnings()).toEqual([])
    },
  )

  it('makes new nested objects each time: what Auth.js writes into one stays there', () => {
    const [one, other] = [InsureSign({}), InsureSign({})]
    for (const name of ['checks', 'authorization', 'token', 'userinfo', 'style', 'client'] as const) {
      expect(one[name], name).not.toBe(other[name])
      expect(one[name], name).toEqual(name === 'token' || name === 'userinfo' ? expect.anything() : other[name])
    }
    const { params } = one.authorization as { params: Record<string, string> }
    params['scope'] = 'of one user'
    expect(InsureSign({}).authorization).toMatchObject({ params: { scope: '' } })
    expect(one.authorization).toMatchObject({ params: { scope: '' } })
    const style = one.style as { brandColor: string }
    style.brandColor = 'red'
    expect(InsureSign({}).style).not.toMatchObject({ brandColor: 'red' })
  })
})
