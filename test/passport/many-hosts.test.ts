import { AdobeAcrobatSignStrategy, DocuSignStrategy } from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import { failure } from '../core/failure.ts'
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
    expect(await failure(client.identify(tokens))).toMatchObject({ status: 401 })
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
  })
})

describe('a crafted callback', () => {
  const evil = [
    ...['https://evil.example/', 'http://api.eu1.adobesign.com/', 'https://api.eu1.adobesign.com:8443/'],
    ...['https://user@api.eu1.adobesign.com/', 'https://api.eu1.adobesign.com.evil.example/'],
    ...['https://api.eu1.adobesign.com@evil.example/', 'https://evil.example/api.eu1.adobesign.com'],
    ...['https://api.evil.example', 'https://a.b.adobesign.com', 'https://evil.adobesign.com', 'http://127.0.0.1:1/'],
    ...['https://evil.eu1.adobesign.com', 'https://adobesign.com', 'api.eu1.adobesign.com', '//evil.example', ''],
  ]

  it.each(evil)('that names %j sends nothing anywhere, and uses up its state', async (host) => {
    const app = await listeningApp('adobe-acrobat-sign', AdobeAcrobatSignStrategy)
    app.sandbox.vendors['adobe-acrobat-sign'].switches.accessPoint = host
    const visitor = app.browser()
    const callback = await app.sandbox.approve(await visitor.login('/adobe-acrobat-sign/login'))
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(app.asked()).toEqual(['GET secure.adobesign.com/public/oauth/v2'])
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
    expect(app.asked()).toHaveLength(1)
  })
})
