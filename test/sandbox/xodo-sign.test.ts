import { describe, expect, test } from 'vitest'
import { challenge, type PlainApp, plainApp, verifier } from './plain-app.ts'

const HOST = 'https://eversign.com'

function start(): PlainApp<'xodo-sign'> {
  return plainApp('xodo-sign', {
    ...{ authorize: `${HOST}/oauth/authorize`, token: `${HOST}/oauth/token` },
    query: { response_type: undefined, redirect_uri: undefined },
    exchange: () => ({ grant_type: undefined, state: 's1' }),
  })
}

describe('the fake Xodo Sign', () => {
  test('answers with a flag, a token without end and no refresh token', async () => {
    const app = start()
    expect(await app.signIn()).toEqual({
      ...{ status: 200, success: true, access_token: expect.any(String), token_type: 'Bearer' },
      ...{ expires_in: '', state: 's1' },
    })
    app.fake.switches.typed = false
    const { access_token, token_type } = await app.signIn()
    expect(token_type).toBeUndefined()
    app.sandbox.clock.advance(20 * 365 * 86_400_000)
    expect(await app.get('https://api.eversign.com/api/business', access_token)).toMatchObject({ status: 200 })
  })

  test.each([
    [{ redirect_uri: 'https://app.example/callback' }, '"redirect_uri" is not a documented parameter'],
    [{ response_type: 'code' }, '"response_type" is not a documented parameter'],
    [{ scope: 'read' }, '"scope" is not a documented parameter'],
    [challenge, '"code_challenge" is not a documented parameter'],
    [{ state: undefined }, '"state" is missing'],
    [{ client_id: undefined }, '"client_id" is missing'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test.each([
    ['a grant_type', { grant_type: 'authorization_code' }, {}],
    ['a redirect URI', { redirect_uri: 'https://app.example/callback' }, {}],
    ['a verifier', { code_verifier: verifier }, {}],
    ['no state', { state: undefined }, {}],
    ['another state', { state: 's2' }, {}],
    ['no secret', { client_secret: undefined }, {}],
    ['a wrong secret', { client_secret: 'x' }, {}],
    ['JSON', {}, { encoding: 'json' }],
    ['Basic', {}, { headers: { authorization: 'Basic eDp4' } }],
  ] as const)('refuses a code exchange with %s, and says so with status 200', async (_, changes, differently) => {
    const app = start()
    const answer = await app.exchange(await app.code(), changes, differently)
    expect(answer).toEqual({ status: 200, success: false })
    expect(app.sandbox.log.at(-1)?.refusal).toBeTruthy()
  })

  test('takes a code once', async () => {
    const app = start()
    const code = await app.code()
    expect((await app.exchange(code)).access_token).toBeDefined()
    expect(await app.exchange(code)).toEqual({ status: 200, success: false })
  })

  test('refreshes nothing', async () => {
    const app = start()
    expect(await app.refresh('any')).toEqual({ status: 200, success: false })
  })
})
