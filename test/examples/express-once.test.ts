import { vendors } from 'esign-auth'
import type { SandboxVendors } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it } from 'vitest'
import { once } from '../../examples/express/once.ts'
import { type Demo, startDemo } from '../../examples/express/server.ts'
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
   ✓ The page says: GET /my/documents · "documents"

InsureSign 3. Let the access token expire
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 401
   ✓ The page says: the access token has expired

InsureSign 4. Refresh the token
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=refresh_token
     client_id=ID
     refresh_token=••••••••
   → 200
   ✓ The page says: The access token was refreshed · Runs out in

InsureSign 5. Call the API again
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /my/documents · "documents"

InsureSign 6. Deny access
   GET https://sign-auth.insuresign.io/oauth2/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     state=••••••••
   → 200
   ✓ The page says: InsureSign: access was denied · grace@example.com

InsureSign 7. Sign out
   ✓ The page says: You are signed out · Sign in with InsureSign

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
   ✓ The page says: GET /v3/account · "email_address": "grace@example.com"

Dropbox Sign 3. Let the access token expire
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 401
   ✓ The page says: the access token has expired

Dropbox Sign 4. Refresh the token
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

Dropbox Sign 5. Call the API again
   GET https://api.hellosign.com/v3/account
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /v3/account · "email_address": "grace@example.com"

Dropbox Sign 6. Deny access
   GET https://app.hellosign.com/oauth/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/dropbox-sign
     state=••••••••
   → 200
   ✓ The page says: Dropbox Sign: access was denied · grace@example.com

Dropbox Sign 7. Sign out
   ✓ The page says: You are signed out · Sign in with Dropbox Sign

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

eSignGlobal 2. Let an access token expire
   POST https://openapi-as1.esignglobal.com/esignglobal/v1/oauth2/accessToken
   Content-Type: multipart/form-data; boundary=esign-auth
     --form client_id=ID
     --form client_secret=••••••••
     --form grant_type=refresh_token
     --form refresh_token=••••••••
   → 200
   ✓ The page says: Ran out · documents no API call

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

eSignGlobal 5. Sign out
   ✓ The page says: You are signed out · Sign in with eSignGlobal
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

  it('leaves no vendor of the package out', () => {
    expect(walks.map(({ vendor }) => vendor)).toEqual(vendors.map(({ name }) => name))
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
    ['insuresign', 'InsureSign 4'],
    ['dropbox-sign', 'Dropbox Sign 4'],
    ['esignglobal', 'eSignGlobal 3'],
  ] as const)('say which of them fails at %s, and what the page said', async (id, step) => {
    const { came, faults } = await play((vendors) =>
      vendors[id].faults.add('token', {
        // The refresh of that step, not one before it.
        where: ({ body }) => body['grant_type'] === 'refresh_token' && vendors.esignglobal.switches.accessLifetime > 1,
        ...refuse(400, { error: 'invalid_grant' }),
      }),
    )
    expect(came).toBe(false)
    expect(faults).toEqual([
      expect.stringMatching(
        new RegExp(
          `^ {3}✗ ${step}\\. Refresh the token: the page should say "The access token was refreshed", but .*invalid_grant`,
        ),
      ),
    ])
  })

  it('notice an answer of the vendor that the page hides', async () => {
    let calls = 0
    const { came, faults } = await play(({ insuresign }) =>
      insuresign.faults.add('api', {
        where: () => ++calls === 2,
        ...refuse(403, { error: 'forbidden', error_description: 'the access token has expired' }),
      }),
    )
    expect(came).toBe(false)
    expect(faults).toEqual([
      '   ✗ InsureSign 3. Let the access token expire: the vendor should be asked GET /my/documents 401, ' +
        'but was asked GET /my/documents 403',
    ])
  })
})
