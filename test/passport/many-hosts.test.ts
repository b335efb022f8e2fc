import { createClient, signNow } from 'esign-auth'
import {
  AdobeAcrobatSignStrategy,
  BoldSignStrategy,
  DocuSignStrategy,
  LuminSignStrategy,
  PandaDocStrategy,
  PenneoStrategy,
  RightSignatureStrategy,
  SigneasyStrategy,
  SignNowStrategy,
  XodoSignStrategy,
  ZohoSignStrategy,
} from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { listeningApp } from './listening.ts'

// Vendors that live on many hosts, from the login route to the keeper, over loopback: whatever goes to a host that the
// vendor did not name reaches another port, and so another fake host, which refuses it.

describe('Adobe Acrobat Sign, over loopback', () => {
  it('asks the host that the callback named for tokens, profile, API, refresh and revocation', async () => {
    const app = await listeningApp('adobe-acrobat-sign', AdobeAcrobatSignStrategy)
    const { status, tokens, profile } = await app.signIn('Grace Osei')
    expect(status).toBe(200)
    expect(tokens.vendor_state).toEqual({
      api_access_point: 'https://api.eu1.adobesign.com/',
      web_access_point: 'https://secure.eu1.adobesign.com/',
    })
    expect(profile).toMatchObject({ displayName: 'Grace Osei', emails: [{ value: 'grace@example.com' }] })
    expect(app.asked()).toEqual([
      'GET secure.adobesign.com/public/oauth/v2',
      'POST api.eu1.adobesign.com/oauth/v2/token',
      'GET api.eu1.adobesign.com/api/rest/v6/users/me',
    ])
    const target = { owner: profile.id, vendor: 'adobe-acrobat-sign' }
    app.sandbox.vendors['adobe-acrobat-sign'].expireAccessTokens()
    const answer = await app.keeper.fetch(target, '/api/rest/v6/users/me')
    expect(await answer.json()).toMatchObject({ id: profile.id })
    const { client } = app.strategy
    await client.revoke(tokens)
    expect(app.asked()).toEqual([
      'GET api.eu1.adobesign.com/api/rest/v6/users/me',
      'POST api.eu1.adobesign.com/oauth/v2/refresh',
      'GET api.eu1.adobesign.com/api/rest/v6/users/me',
      'POST api.eu1.adobesign.com/oauth/v2/revoke',
    ])
    // The pair is gone, and to say so twice is no error.
    await client.revoke(tokens)
    expect(await failure(client.refresh(tokens))).toMatchObject({ code: 'oauth_error' })
    expect(await failure(client.identify(tokens))).toMatchObject({ vendorStatus: 401 })
  })

  it('refreshes for passport-oauth2-refresh too, given what verify got as `vendor_state`', async () => {
    const app = await listeningApp('adobe-acrobat-sign', AdobeAcrobatSignStrategy)
    const { tokens } = await app.signIn()
    const { _oauth2 } = app.strategy
    const refresh = (vendor_state: unknown) =>
      new Promise<unknown>((resolve) => {
        const params = { grant_type: 'refresh_token', vendor_state }
        _oauth2.getOAuthAccessToken(tokens.refresh_token ?? '', params, (error, token) => resolve(error ?? token))
      })
    app.asked()
    expect(await refresh(tokens.vendor_state)).toEqual(expect.any(String))
    expect(app.asked()).toEqual(['POST api.eu1.adobesign.com/oauth/v2/refresh'])
    for (const state of [undefined, {}, { api_access_point: 'https://evil.example' }])
      expect(await refresh(state)).toMatchObject({ code: 'callback_invalid', sent: 'no' })
    expect(app.asked()).toEqual([])
  })

  it('serves users of two shards in one app, each at their own', async () => {
    const app = await listeningApp('adobe-acrobat-sign', AdobeAcrobatSignStrategy)
    const people = [await app.signIn('Jonas Lindqvist'), await app.signIn('Mei Tanaka')]
    app.asked()
    for (const { profile } of people) {
      await app.keeper.fetch({ owner: profile.id, vendor: 'adobe-acrobat-sign' }, '/api/rest/v6/users/me')
    }
    expect(app.asked()).toEqual([
      'GET api.na1.adobesign.com/api/rest/v6/users/me',
      'GET api.jp1.adobesign.com/api/rest/v6/users/me',
    ])
  })

  it.each([
    [{ shard: 'jp1' }, 'GET secure.jp1.adobesign.com/public/oauth/v2', 'api.jp1.adobesign.com/oauth/v2/token'],
    [{ paths: 'unversioned' }, 'GET secure.adobesign.com/public/oauth', 'api.eu1.adobesign.com/oauth/token'],
    [
      { government: true },
      'GET secure.na1.adobesign.us/api/gateway/adobesignauthservice/api/v1/authorize',
      'secure.na1.adobesign.us/api/gateway/adobesignauthservice/api/v1/token',
    ],
  ])('goes where the settings %o lead', async (settings, authorize, token) => {
    const app = await listeningApp('adobe-acrobat-sign', AdobeAcrobatSignStrategy, settings)
    expect((await app.signIn()).status).toBe(200)
    expect(app.asked().slice(0, 2)).toEqual([authorize, `POST ${token}`])
  })

  it('takes the upper-case ACCESS_DENIED for what it is', async () => {
    const app = await listeningApp('adobe-acrobat-sign', AdobeAcrobatSignStrategy)
    const visitor = app.browser()
    const callback = await app.sandbox.deny(await visitor.login('/adobe-acrobat-sign/login'))
    expect(callback.url).toContain('error=ACCESS_DENIED')
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(app.failures).toMatchObject([{ code: 'access_denied' }])
  })
})

describe('Zoho Sign, over loopback', () => {
  const scope = ['AaaServer.profile.READ', 'ZohoSign.documents.READ']

  it('asks the data centre that the callback named, and the API beside it in the vendor’s own scheme', async () => {
    const app = await listeningApp('zoho-sign', ZohoSignStrategy, {}, { scope })
    const { status, tokens, profile } = await app.signIn('Mei Tanaka')
    expect(status).toBe(200)
    expect(tokens.vendor_state).toEqual({
      'accounts-server': 'https://accounts.zoho.in',
      api_domain: 'https://www.zohoapis.in',
    })
    expect(profile).toMatchObject({ displayName: 'Mei Tanaka', emails: [{ value: 'mei@example.com' }] })
    expect(app.sandbox.log[0]?.query).toMatchObject({ scope: scope.join(','), access_type: 'offline' })
    app.sandbox.vendors['zoho-sign'].expireAccessTokens()
    const answer = await app.keeper.fetch({ owner: profile.id, vendor: 'zoho-sign' }, '/api/v1/requests')
    expect(await answer.json()).toMatchObject({ status: 'success' })
    await app.strategy.client.revoke(tokens)
    expect(app.asked()).toEqual([
      'GET accounts.zoho.com/oauth/v2/auth',
      'POST accounts.zoho.in/oauth/v2/token',
      'GET accounts.zoho.in/oauth/user/info',
      'GET sign.zoho.in/api/v1/requests',
      'POST accounts.zoho.in/oauth/v2/token',
      'GET sign.zoho.in/api/v1/requests',
      'POST accounts.zoho.in/oauth/v2/token/revoke',
    ])
    // Its error comes with status 200.
    expect(await failure(app.strategy.client.refresh(tokens))).toMatchObject({
      ...{ code: 'oauth_error', vendorStatus: 200, oauth: { error: 'invalid_code' } },
    })
  })

  it('keeps the refresh token of the first consent when later sign-ins bring none', async () => {
    const app = await listeningApp('zoho-sign', ZohoSignStrategy, {}, { scope })
    const first = await app.signIn()
    const second = await app.signIn()
    expect([first.tokens.refresh_token, second.tokens.refresh_token]).toEqual([expect.any(String), undefined])
    app.sandbox.vendors['zoho-sign'].expireAccessTokens()
    const answer = await app.keeper.fetch({ owner: second.profile.id, vendor: 'zoho-sign' }, '/api/v1/requests')
    expect(answer.status).toBe(200)
  })

  it('asks for consent each time where the setting says so', async () => {
    const app = await listeningApp('zoho-sign', ZohoSignStrategy, { prompt: 'consent' })
    for (let round = 0; round < 2; round++) expect((await app.signIn()).tokens.refresh_token).toBeDefined()
  })

  it('finds the data centre by its code where the host is missing', async () => {
    const app = await listeningApp('zoho-sign', ZohoSignStrategy)
    app.sandbox.vendors['zoho-sign'].switches.accountsServer = 'none'
    const { tokens } = await app.signIn()
    expect(tokens.vendor_state).toMatchObject({ 'accounts-server': 'https://accounts.zoho.eu' })
  })

  it('reads seconds where the elder answer has milliseconds beside them', async () => {
    const app = await listeningApp('zoho-sign', ZohoSignStrategy)
    app.sandbox.vendors['zoho-sign'].switches.expiry = 'expires_in_sec'
    const { tokens } = await app.signIn()
    expect(Math.round((tokens.expires_at ?? 0) - Date.now() / 1000)).toBeLessThanOrEqual(3600)
  })
})

describe('a crafted callback', () => {
  /** What an attacker makes of a host of the vendor's. */
  const crafted = (host: string, domain: string) => [
    ...[
      'https://evil.example/',
      `http://${host}/`,
      `https://${host}:8443/`,
      `https://${host}:443`,
      `https://user@${host}`,
    ],
    ...[`https://${host}.evil.example/`, `https://${host}@evil.example/`, `https://evil.example/${host}`, `//${host}`],
    ...[
      `https://evil.example#${host}`,
      `https://evil.example\\@${host}`,
      `https://evil${domain}`,
      'http://127.0.0.1:1/',
    ],
    ...[
      `https://a.b.${domain}`,
      `https://evil.${domain}`,
      `https://${domain}`,
      `https://${host}./`,
      host,
      '',
      'https://',
    ],
    ...[`https://${host.toUpperCase()}`, `https://${host}/oauth`, `https://${host}?x`, `HTTPS://${host}`],
  ]
  const vendors = [
    {
      id: 'adobe-acrobat-sign',
      Strategy: AdobeAcrobatSignStrategy,
      switched: 'accessPoint',
      began: 'GET secure.adobesign.com/public/oauth/v2',
      host: 'api.eu1.adobesign.com',
      domain: 'adobesign.com',
    },
    {
      id: 'zoho-sign',
      Strategy: ZohoSignStrategy,
      switched: 'accountsServer',
      began: 'GET accounts.zoho.com/oauth/v2/auth',
      host: 'accounts.zoho.eu',
      domain: 'zoho.eu',
    },
  ] as const

  describe.each(vendors)('of $id', ({ id, Strategy, switched, began, host, domain }) => {
    it('that names a host which is not the vendor’s sends nothing anywhere, whichever it is', async () => {
      const app = await listeningApp(id, Strategy)
      for (const evil of crafted(host, domain)) {
        Object.assign(app.sandbox.vendors[id].switches, { [switched]: evil })
        const visitor = app.browser()
        const callback = await app.sandbox.approve(await visitor.login(`/${id}/login`))
        expect([evil, (await visitor.follow(callback)).status]).toEqual([evil, 403])
        expect([evil, app.failures.at(-1)?.code]).toEqual([evil, 'callback_invalid'])
        expect([evil, app.asked()]).toEqual([evil, [began]])
      }
    })

    it('is refused however its host comes twice', async () => {
      const app = await listeningApp(id, Strategy)
      const name = id === 'zoho-sign' ? 'accounts-server' : 'api_access_point'
      for (const more of [`&${name}=https://evil.example`, `&${name}[]=https://evil.example`, `&${name}.x=1`]) {
        const visitor = app.browser()
        const callback = await app.sandbox.approve(await visitor.login(`/${id}/login`))
        expect((await visitor.follow({ ...callback, url: callback.url + more })).status).toBe(403)
        expect(app.asked()).toEqual([began])
      }
    })
  })
})

describe('DocuSign, over loopback', () => {
  it.each([
    [{}, 'account.docusign.com', 'eu.docusign.net'],
    [{ demo: true }, 'account-d.docusign.com', 'demo.docusign.net'],
  ])('keeps the API host of the default account with the tokens: %o', async (settings, account, api) => {
    const app = await listeningApp('docusign', DocuSignStrategy, settings, { scope: ['signature', 'extended'] })
    const { tokens, profile } = await app.signIn()
    expect(tokens.vendor_state).toEqual({ base_uri: `https://${api}`, account_id: expect.stringMatching(/2$/) })
    expect(profile._json).toMatchObject({ accounts: [{}, {}] })
    expect(app.asked()).toEqual([
      `GET ${account}/oauth/auth`,
      `POST ${account}/oauth/token`,
      `GET ${account}/oauth/userinfo`,
    ])
    const target = { owner: profile.id, vendor: 'docusign' }
    const refreshed = await app.strategy.client.refresh(tokens)
    expect(refreshed.vendor_state).toEqual(tokens.vendor_state)
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token)
    // No page of the fake, but the right host: it is the one that gets the bearer.
    expect((await app.keeper.fetch(target, '/restapi/v2.1/accounts')).status).toBe(404)
    expect(app.asked()).toEqual([`POST ${account}/oauth/token`, `GET ${api}/restapi/v2.1/accounts`])
    const elsewhere = app.keeper.fetch(target, 'https://na3.docusign.net/restapi/v2.1/accounts')
    await expect(elsewhere).rejects.toMatchObject({ code: 'insecure_url' })
  })

  it('reads the error_code that the SDK expects', async () => {
    const app = await listeningApp('docusign', DocuSignStrategy)
    app.sandbox.vendors.docusign.switches.errorCallback = 'error_code'
    const visitor = app.browser()
    const callback = await app.sandbox.deny(await visitor.login('/docusign/login'))
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(app.failures).toMatchObject([{ code: 'access_denied', message: 'DocuSign: the person said no' }])
    expect(app.asked()).toHaveLength(1)
  })
})

describe('Penneo, over loopback', () => {
  const profile = () => ({ id: 'a-user' })

  it.each([
    [{}, 'login.penneo.com'],
    [{ sandbox: true }, 'sandbox.oauth.penneo.cloud'],
  ])('sends JSON with verifier and secret, and believes the moment: %o', async (settings, host) => {
    const app = await listeningApp('penneo', PenneoStrategy, settings, { profile })
    const { status, tokens } = await app.signIn()
    expect(status).toBe(200)
    expect(Math.abs((tokens.expires_at ?? 0) - Date.now() / 1000 - 600)).toBeLessThan(10)
    expect(app.sandbox.log[0]?.query).toMatchObject({ code_challenge_method: 'S256' })
    expect(app.sandbox.log[1]).toMatchObject({
      ...{ contentType: 'application/json', authorization: undefined },
      body: { code_verifier: expect.any(String), client_secret: expect.any(String) },
    })
    expect(app.asked()).toEqual([`GET ${host}/oauth/authorize`, `POST ${host}/oauth/token`])
    const next = await app.strategy.client.refresh(tokens)
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    expect(app.sandbox.log[2]?.body).toMatchObject({ redirect_uri: 'https://app.example/penneo/callback' })
  })

  it('lets nobody in without the option `profile`, since nothing tells who it was', async () => {
    const app = await listeningApp('penneo', PenneoStrategy)
    const visitor = app.browser()
    const callback = await app.sandbox.approve(await visitor.login('/penneo/login'))
    expect((await visitor.follow(callback)).status).toBe(403)
    expect((await visitor.get('/me')).body).toEqual({ user: null })
  })

  it('keeps a keeper’s grant fresh through several refreshes at once, with one request', async () => {
    const app = await listeningApp('penneo', PenneoStrategy, {}, { profile })
    const { profile: user } = await app.signIn()
    app.asked()
    const target = { owner: user.id, vendor: 'penneo' }
    const { generation } = await app.keeper.access(target)
    const fresh = Array.from({ length: 5 }, () => app.keeper.access(target, { notGeneration: generation }))
    expect(new Set((await Promise.all(fresh)).map(({ token }) => token)).size).toBe(1)
    expect(app.asked()).toEqual(['POST login.penneo.com/oauth/token'])
  })
})

describe('SignNow, over loopback', () => {
  it.each([
    [{}, ''],
    [{ sandbox: true }, '-eval'],
  ])('lives on two hosts: %o', async (settings, part) => {
    const app = await listeningApp('signnow', SignNowStrategy, settings)
    const { profile } = await app.signIn()
    expect(profile).toMatchObject({ displayName: 'Grace Osei', emails: [{ value: 'grace@example.com' }] })
    expect(app.sandbox.log[0]?.query).not.toHaveProperty('scope')
    expect(app.sandbox.log[1]?.body).toMatchObject({ scope: '*' })
    expect(app.asked()).toEqual([
      `GET app${part}.signnow.com/authorize`,
      `POST api${part}.signnow.com/oauth2/token`,
      `GET api${part}.signnow.com/user`,
    ])
  })

  it.each(['number', 'text', 'epoch'] as const)('understands expires_in as %s', async (expiresIn) => {
    const app = await listeningApp('signnow', SignNowStrategy)
    Object.assign(app.sandbox.vendors.signnow.switches, { expiresIn, email: 'list' })
    const { tokens, profile } = await app.signIn()
    expect(Math.abs((tokens.expires_at ?? 0) - Date.now() / 1000 - 30 * 86_400)).toBeLessThan(10)
    expect(profile.emails).toEqual([{ value: 'grace@example.com' }])
  })

  it.each([
    [undefined, 403],
    ['not-echoed', 200],
  ])('signs in without a state in the callback only where the app says so: %s', async (state, status) => {
    const app = await listeningApp('signnow', SignNowStrategy, {}, { state })
    app.sandbox.vendors.signnow.switches.stateEcho = 'drop'
    const visitor = app.browser()
    const callback = await app.sandbox.approve(await visitor.login('/signnow/login'))
    expect((await visitor.follow(callback)).status).toBe(status)
  })

  it('revokes by DELETE, once the address is given', async () => {
    const app = await listeningApp('signnow', SignNowStrategy)
    const { tokens } = await app.signIn()
    const { client } = app.strategy
    expect(await failure(client.revoke(tokens))).toMatchObject({ code: 'unsupported', sent: 'no' })
    const revocation = 'https://api.signnow.com/oauth2/token'
    const { clientId, clientSecret } = app.sandbox.vendors.signnow.register()
    const other = createClient(signNow, {
      ...{ clientId, clientSecret, endpoints: { revocation }, fetch: app.sandbox.fetch },
    })
    await other.revoke(tokens)
    expect(app.asked().at(-1)).toBe('DELETE api.signnow.com/oauth2/token')
    expect(await failure(client.refresh(tokens))).toMatchObject({ code: 'oauth_error' })
  })
})

describe('the quirks of others, over loopback', () => {
  it('PandaDoc: a literal plus in the URL, no redirect URI in the exchange, empty names', async () => {
    const app = await listeningApp('pandadoc', PandaDocStrategy)
    app.sandbox.vendors.pandadoc.switches.names = false
    const { profile } = await app.signIn()
    expect(app.sandbox.log[0]?.url).toMatch(/[?&]scope=read\+write(&|$)/)
    expect(app.sandbox.log[1]?.body).not.toHaveProperty('redirect_uri')
    expect([profile.displayName, profile._json]).toEqual([undefined, expect.objectContaining({ email_verified: true })])
  })

  it('RightSignature: a code under its other name, and the wrapped user', async () => {
    const app = await listeningApp('rightsignature', RightSignatureStrategy)
    app.sandbox.vendors.rightsignature.switches.codeName = 'authorization_code'
    expect((await app.signIn()).profile).toMatchObject({ displayName: 'Grace Osei' })
  })

  it('BoldSign: PKCE, its region’s hosts, and a revocation that proves the client', async () => {
    const app = await listeningApp('boldsign', BoldSignStrategy, { region: 'eu' })
    const { tokens, profile } = await app.signIn()
    expect(profile).toMatchObject({ displayName: 'Grace Osei', emails: [{ value: 'grace@example.com' }] })
    await app.strategy.client.revoke(tokens)
    const host = 'account-eu.boldsign.com/connect'
    expect(app.asked()).toEqual([
      ...[`GET ${host}/authorize`, `POST ${host}/token`, `GET ${host}/userinfo`, `POST ${host}/revocation`],
    ])
  })

  it('Signeasy: an audience at version 3, multipart at the legacy API', async () => {
    const profile = () => ({ id: 'a-user' })
    const audience = 'https://app.example/'
    const app = await listeningApp('signeasy', SigneasyStrategy, { audience }, { profile })
    await app.signIn()
    expect(app.sandbox.log[0]?.query).toMatchObject({ audience })
    const legacy = await listeningApp('signeasy', SigneasyStrategy, { legacy: true }, { profile })
    const { tokens } = await legacy.signIn()
    expect(legacy.sandbox.log[0]?.query).not.toHaveProperty('audience')
    expect(legacy.sandbox.log[1]?.contentType).toMatch(/^multipart/)
    await legacy.strategy.client.revoke(tokens)
    expect(await failure(legacy.strategy.client.refresh(tokens))).toMatchObject({ code: 'oauth_error' })
  })

  it('Xodo Sign: says no more than its SDK does, and the token is kept without an end', async () => {
    const app = await listeningApp('xodo-sign', XodoSignStrategy, {}, { profile: () => ({ id: 'a-user' }) })
    const { status, tokens } = await app.signIn()
    expect([status, tokens.refresh_token, tokens.expires_at]).toEqual([200, undefined, undefined])
    expect(Object.keys(app.sandbox.log[0]?.query ?? {}).sort()).toEqual(['client_id', 'state'])
    expect(Object.keys(app.sandbox.log[1]?.body ?? {}).sort()).toEqual(['client_id', 'client_secret', 'code', 'state'])
    const answer = await app.keeper.fetch({ owner: 'a-user', vendor: 'xodo-sign' }, '/api/business')
    expect(answer.status).toBe(200)
    expect(await failure(app.strategy.client.refresh({ refresh_token: 'r' }))).toMatchObject({ code: 'unsupported' })
  })

  it('Lumin Sign: a public app signs in with a cookie secret in place of the client’s', async () => {
    const options = { profile: () => ({ id: 'a-user' }), clientAuthentication: 'public', clientSecret: undefined }
    const start = (more: object) =>
      listeningApp('lumin-sign', LuminSignStrategy, { public: true }, { ...options, ...more })
    await expect(start({})).rejects.toMatchObject({ code: 'invalid_option', option: 'cookieSecret' })
    const app = await start({ cookieSecret: 'a secret of sufficient length' })
    const { status, tokens } = await app.signIn()
    expect([status, tokens.refresh_token]).toEqual([200, undefined])
    expect(app.sandbox.log[1]?.body).not.toHaveProperty('client_secret')
  })
})
