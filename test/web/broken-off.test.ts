import { insureSign } from 'esign-auth'
import { createSandbox } from 'esign-auth/sandbox'
import { createSignIn, requestFrom, SignInFailure, sendResponse } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { breakOff, raw, serve } from '../passport/serve.ts'
import { nothingEscapes } from '../security/nothing-escapes.ts'

nothingEscapes()

/** A plain server that ends posted callbacks, and notes how. */
async function postingServer() {
  const { fetch, vendors } = createSandbox()
  const { clientId, clientSecret } = vendors.insuresign.client
  const origin = 'https://app.example'
  const given = { clientId, clientSecret, fetch, callbackUrl: `${origin}/callback`, postCallback: true }
  const signIn = createSignIn(insureSign, given)
  const failures: unknown[] = []
  const url = await serve((req, res) => {
    const request = requestFrom(req, origin)
    const answer = req.url === '/callback' ? signIn.finish(request) : signIn.begin(request)
    answer.then(
      (made) => sendResponse(res, made as Response),
      (error) => {
        failures.push(error)
        res.writeHead(403).end()
      },
    )
  })
  return { url, failures }
}

describe('1.3 · a posted callback that is broken off in its middle, at esign-auth/web', () => {
  it('1.3 · is a failed sign-in, and the next request is answered', async () => {
    const { url, failures } = await postingServer()
    for (let i = 0; i < 3; i++) await breakOff(url, '/callback', 'code=a&state=')
    await expect.poll(() => failures.length).toBe(3)
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(SignInFailure)
      expect(failure).toMatchObject({ code: 'callback_incomplete', message: expect.stringMatching(/^InsureSign: /) })
    }
    expect((await raw(url, '/login')).status).toBe(302)
  })

  it('1.3 · so is a login that is begun so, which reads no body', async () => {
    const { url } = await postingServer()
    for (let i = 0; i < 3; i++) await breakOff(url, '/login', 'remember=')
    expect((await raw(url, '/login', { method: 'POST', body: 'remember=1' })).status).toBe(302)
  })
})
