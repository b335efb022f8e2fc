import type { Faults } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it } from 'vitest'
import { once } from '../../examples/express/once.ts'
import { type Demo, startDemo } from '../../examples/express/server.ts'
import { startExample } from './run-example.ts'

/** Written out by hand from the vendor's pages, and beyond them only `state`. ID and APP stand for what differs. */
const expected = `
1. Sign in
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

2. Call the API
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /my/documents · "documents"

3. Let the access token expire
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 401
   ✓ The page says: the access token has expired

4. Refresh the token
   POST https://sign-auth.insuresign.io/oauth2/token
   Content-Type: application/x-www-form-urlencoded
   Authorization: Basic ••••••••
     grant_type=refresh_token
     client_id=ID
     refresh_token=••••••••
   → 200
   ✓ The page says: The access token was refreshed

5. Call the API again
   GET https://api-v2.insuresign.io/my/documents
   Authorization: Bearer ••••••••
   → 200
   ✓ The page says: GET /my/documents · "documents"

6. Deny access
   GET https://sign-auth.insuresign.io/oauth2/authorize
     response_type=code
     client_id=ID
     redirect_uri=APP/callback/insuresign
     state=••••••••
   → 200
   ✓ The page says: InsureSign: access was denied · grace@example.com

7. Sign out
   ✓ The page says: You are signed out · Sign in with InsureSign
`

describe('npm run demo -- --once', () => {
  it('prints every request field by field as the vendor documents it, and ends with 0', async () => {
    // Credentials of a real vendor change nothing.
    const env = { AUTH_INSURESIGN_ID: 'real', AUTH_INSURESIGN_SECRET: 'real-secret', PORT: '1', PUBLIC_URL: 'x' }
    const { code, stdout, stderr } = await startExample('express/demo.ts', ['--once'], env).ended
    const differing = stdout
      .replaceAll(/client_id=\w{8,}/g, 'client_id=ID')
      .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'APP')
    expect(differing.trim()).toBe(expected.trim())
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('ends with 1 when a step does not come out as it must', async () => {
    const blank = `--import=data:text/javascript,globalThis.fetch=async()=>new Response('nothing here')`
    const { code, stdout } = await startExample('express/demo.ts', ['--once'], {}, [blank]).ended
    expect(stdout).toContain('✗ Step 1. Sign in: Error: there is no "Sign in with InsureSign" on the page')
    expect(code).toBe(1)
  })
})

describe('the steps of the demo', () => {
  let demo: Demo
  afterEach(() => demo.close())

  const refuse = (status: number, error: object) => ({
    answer: { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(error) },
  })

  async function play(spoil: (faults: Faults) => void) {
    demo = await startDemo({})
    const { url, sandbox } = demo
    if (!sandbox) throw new Error('the demo did not start its sandbox')
    spoil(sandbox.vendors.insuresign.faults)
    const lines: string[] = []
    const came = await once({ url, sandbox }, (line) => lines.push(line))
    return { came, faults: lines.filter((line) => line.includes('✗')) }
  }

  it('say which of them fails, and what the page said', async () => {
    const { came, faults } = await play((faults) =>
      faults.add('token', {
        where: ({ body }) => body['grant_type'] === 'refresh_token',
        ...refuse(400, { error: 'invalid_grant' }),
      }),
    )
    expect(came).toBe(false)
    expect(faults).toEqual([
      expect.stringMatching(
        /^ {3}✗ Step 4\. Refresh the token: the page should say "The access token was refreshed", but .*invalid_grant/,
      ),
    ])
  })

  it('notice an answer of the vendor that the page hides', async () => {
    let calls = 0
    const { came, faults } = await play((faults) =>
      faults.add('api', {
        where: () => ++calls === 2,
        ...refuse(403, { error: 'forbidden', error_description: 'the access token has expired' }),
      }),
    )
    expect(came).toBe(false)
    expect(faults).toEqual([
      '   ✗ Step 3. Let the access token expire: the vendor should be asked GET /my/documents 401, ' +
        'but was asked GET /my/documents 403',
    ])
  })
})
