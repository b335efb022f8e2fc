import { vendors } from 'esign-auth'
import type { SandboxVendors } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it } from 'vitest'
import { once } from '../../examples/express/once.ts'
import { type Demo, startDemo } from '../../examples/express/server.ts'
import { vendors as shown } from '../../examples/express/vendors.ts'
import { walks } from '../../examples/express/walks.ts'
import { startExample } from './run-example.ts'

/**
 * Written out by hand from the vendors' pages; beyond them only InsureSign's `state`, which its page does not name. ID
 * and APP stand for what differs.
 */
const expected = `
InsureSign 1. Sign in
   GET https://sign-auth.insuresign.io/oauth2/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     state=••••••••
   → 200
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=authorization_code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     code=••••••••
   → 200
   ✓ The page says: Signed in with InsureSign · grace@example.com · Runs out in

InsureSign 2. Call the API
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /my/documents → 200 · "documents"

InsureSign 3. Call it when the vendor has ended the access token
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 401
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=refresh_token
     client_id=ID
     refresh_token=••••••••
   → 200
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /my/documents → 200 · "documents" · Generation 2, 1 refresh so far

InsureSign 4. Call it fifty times at once with an expired token
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 401 (50 times)
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=refresh_token
     client_id=ID
     refresh_token=••••••••
   → 200
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200 (50 times)
   ✓ The page says: 50 answers, 1 refresh. · Generation 3, 2 refreshes so far

InsureSign 5. Refresh the token
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=refresh_token
     client_id=ID
     refresh_token=••••••••
   → 200
   ✓ The page says: The access token was refreshed · Runs out in

InsureSign 6. Call the API again
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /my/documents → 200 · "documents"

InsureSign 7. Deny access
   GET https://sign-auth.insuresign.io/oauth2/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     state=••••••••
   → 200
   ✓ The page says: InsureSign: access was denied · grace@example.com

InsureSign 8. Sign out, and sign in again
   GET https://sign-auth.insuresign.io/oauth2/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     state=••••••••
   → 200
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=authorization_code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     code=••••••••
   → 200
   ✓ The page says: Signed in with InsureSign

InsureSign 9. Disconnect
   ✓ The page says: your tokens are forgotten here · Sign in with InsureSign

Dropbox Sign 1. Sign in
   GET https://app.hellosign.com/oauth/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/dropbox-sign
     state=••••••••
   → 200
   POST https://app.hellosign.com/oauth/token
   Content-Type: application/json
     {
       "client_id": "ID",
       "client_secret": "••••••••",
       "grant_type": "authorization_code",
       "code": "••••••••",
       "state": "••••••••"
     }
   → 200
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: Signed in with Dropbox Sign · grace@example.com · Runs out in

Dropbox Sign 2. Call the API
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /v3/account → 200 · "email_address": "grace@example.com"

Dropbox Sign 3. Call it when the vendor has ended the access token
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 401
   POST https://app.hellosign.com/oauth/token?refresh
   Content-Type: application/json
     {
       "client_id": "ID",
       "client_secret": "••••••••",
       "grant_type": "refresh_token",
       "refresh_token": "••••••••"
     }
   → 200
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /v3/account → 200 · "email_address": "grace@example.com" · Generation 2, 1 refresh so far

Dropbox Sign 4. Call it fifty times at once with an expired token
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 401 (50 times)
   POST https://app.hellosign.com/oauth/token?refresh
   Content-Type: application/json
     {
       "client_id": "ID",
       "client_secret": "••••••••",
       "grant_type": "refresh_token",
       "refresh_token": "••••••••"
     }
   → 200
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200 (50 times)
   ✓ The page says: 50 answers, 1 refresh. · Generation 3, 2 refreshes so far

Dropbox Sign 5. Refresh the token
   POST https://app.hellosign.com/oauth/token?refresh
   Content-Type: application/json
     {
       "client_id": "ID",
       "client_secret": "••••••••",
       "grant_type": "refresh_token",
       "refresh_token": "••••••••"
     }
   → 200
   ✓ The page says: The access token was refreshed · Runs out in

Dropbox Sign 6. Call the API again
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /v3/account → 200 · "email_address": "grace@example.com"

Dropbox Sign 7. Deny access
   GET https://app.hellosign.com/oauth/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/dropbox-sign
     state=••••••••
   → 200
   ✓ The page says: Dropbox Sign: access was denied · grace@example.com

Dropbox Sign 8. Sign out, and sign in again
   GET https://app.hellosign.com/oauth/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/dropbox-sign
     state=••••••••
   → 200
   POST https://app.hellosign.com/oauth/token
   Content-Type: application/json
     {
       "client_id": "ID",
       "client_secret": "••••••••",
       "grant_type": "authorization_code",
       "code": "••••••••",
       "state": "••••••••"
     }
   → 200
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: Signed in with Dropbox Sign

Dropbox Sign 9. Disconnect
   ✓ The page says: your tokens are forgotten here · Sign in with Dropbox Sign

eSignGlobal 1. Sign in
   GET https://account.esignglobal.com/oauth
     response_type=code
     clientId=ID
     redirectUri=APP/callback/esignglobal
     state=••••••••
     scope=signature
   → 200
   POST https://openapi-as1.esignglobal.com/esignglobal/v1/oauth2/accessToken
   Content-Type: multipart/form-data; boundary=esign-auth
     --form client_id=ID
     --form client_secret=••••••••
     --form grant_type=authorization_code
     --form code=••••••••
   → 200
   ✓ The page says: Signed in with eSignGlobal · Your eSignGlobal account · Runs out in

eSignGlobal 2. Come back when the access token has run out
   POST https://openapi-as1.esignglobal.com/esignglobal/v1/oauth2/accessToken
   Content-Type: multipart/form-data; boundary=esign-auth
     --form client_id=ID
     --form client_secret=••••••••
     --form grant_type=refresh_token
     --form refresh_token=••••••••
   → 200 (2 times)
   ✓ The page says: Runs out in 23 hours · 2 refreshes so far

eSignGlobal 3. Refresh the token
   POST https://openapi-as1.esignglobal.com/esignglobal/v1/oauth2/accessToken
   Content-Type: multipart/form-data; boundary=esign-auth
     --form client_id=ID
     --form client_secret=••••••••
     --form grant_type=refresh_token
     --form refresh_token=••••••••
   → 200
   ✓ The page says: The access token was refreshed · Runs out in

eSignGlobal 4. Deny access
   GET https://account.esignglobal.com/oauth
     response_type=code
     clientId=ID
     redirectUri=APP/callback/esignglobal
     state=••••••••
     scope=signature
   → 200
   ✓ The page says: eSignGlobal: access was denied · Your eSignGlobal account

eSignGlobal 5. Sign out, and sign in again
   GET https://account.esignglobal.com/oauth
     response_type=code
     clientId=ID
     redirectUri=APP/callback/esignglobal
     state=••••••••
     scope=signature
   → 200
   POST https://openapi-as1.esignglobal.com/esignglobal/v1/oauth2/accessToken
   Content-Type: multipart/form-data; boundary=esign-auth
     --form client_id=ID
     --form client_secret=••••••••
     --form grant_type=authorization_code
     --form code=••••••••
   → 200
   ✓ The page says: Signed in with eSignGlobal

eSignGlobal 6. Disconnect
   ✓ The page says: your tokens are forgotten here · Sign in with eSignGlobal
`

describe('npm run demo -- --once', () => {
  it('prints every request field by field as the vendor documents it, and ends with 0', async () => {
    // Credentials of a real vendor change nothing, not even half of them.
    const real = { AUTH_INSURESIGN_ID: 'real', AUTH_INSURESIGN_SECRET: 'real-secret', AUTH_DROPBOX_SIGN_ID: 'real' }
    const env = { ...real, PORT: '1', PUBLIC_URL: 'x' }
    const { code, stdout, stderr } = await startExample('express/demo.ts', ['--once'], env).ended
    const differing = stdout
      .replaceAll(/(client_id=|clientId=|"client_id": ")\w{8,}/g, '$1ID')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'APP')
    expect(differing.trim()).toBe(expected.trim())
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('leaves no vendor of the example out', () => {
    const names = shown.map(({ id }) => vendors.find((vendor) => vendor.id === id)?.name)
    expect(walks.map(({ vendor }) => vendor)).toEqual(names)
  })

  it('ends with 1 when a step does not come out as it must', async () => {
    const blank = `--import=data:text/javascript,globalThis.fetch=async()=>new Response('nothing here')`
    const { code, stdout } = await startExample('express/demo.ts', ['--once'], {}, [blank]).ended
    expect(stdout).toContain('✗ InsureSign 1. Sign in: Error: there is no "Sign in with InsureSign" on the page')
    expect(code).toBe(1)
  })
})

describe('the steps of the demo', () => {
  let demo: Demo
  afterEach(() => demo.close())

  const refuse = (status: number, error: object) => ({
    answer: { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(error) },
  })

  async function play(spoil: (vendors: SandboxVendors) => void) {
    demo = await startDemo({})
    const { url, sandbox } = demo
    if (!sandbox) throw new Error('the demo did not start its sandbox')
    spoil(sandbox.vendors)
    const lines: string[] = []
    const came = await once({ url, sandbox }, (line) => lines.push(line))
    return { came, faults: lines.filter((line) => line.includes('✗')) }
  }

  it.each([
    ['insuresign', 'InsureSign 3. Call it when', 'GET /my/documents → 200'],
    ['dropbox-sign', 'Dropbox Sign 3. Call it when', 'GET /v3/account → 200'],
    ['esignglobal', 'eSignGlobal 2. Come back when', 'Runs out in 23 hours'],
  ] as const)('say which of them fails at %s, and what the page said', async (id, step, words) => {
    const { came, faults } = await play((vendors) =>
      vendors[id].faults.add('token', {
        // At eSignGlobal the one after the pause, which the page asks for.
        where: ({ body }) => body['grant_type'] === 'refresh_token' && vendors.esignglobal.switches.accessLifetime > 2,
        ...refuse(400, { error: 'invalid_grant' }),
      }),
    )
    expect(came).toBe(false)
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(
          `^ {3}✗ ${step} .*: the page should say "${words}", but .*has ended \\(revoked\\)\\. Please sign in`,
        ),
      ),
    ])
  })

  it('notice an answer of the vendor that the page hides', async () => {
    let calls = 0
    const { came, faults } = await play(({ insuresign }) =>
      insuresign.faults.add('api', { where: () => ++calls === 1, ...refuse(401, { error: 'unauthorized' }) }),
    )
    expect(came).toBe(false)
    expect(faults).toEqual([
      '   ✗ InsureSign 2. Call the API: the vendor should be asked GET /my/documents 200, but was asked ' +
        'GET /my/documents 401, POST /oauth2/token 200, GET /my/documents 200',
    ])
  })

  it('notice a second refresh for fifty calls', async () => {
    const { came, faults } = await play(({ insuresign }) => {
      let calls = 0
      // The last of the fifty finds its new token refused, too.
      insuresign.faults.add('api', { where: () => ++calls === 103, ...refuse(401, { error: 'unauthorized' }) })
    })
    expect(came).toBe(false)
    expect(faults).toEqual([expect.stringContaining('the page should say "50 answers, 1 refresh."')])
  })
})
