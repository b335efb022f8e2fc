import { createRequire } from 'node:module'
import { EsignAuthError } from 'esign-auth'
import { AuthorizationError, InsureSignStrategy, InternalOAuthError, TokenError } from 'esign-auth/passport'
import type { Fault } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'
import { paramOf, testApp } from './app.ts'

type Class = abstract new (...args: never[]) => Error
const theirs: Readonly<Record<'TokenError' | 'AuthorizationError' | 'InternalOAuthError' | 'Strategy', Class>> =
  createRequire(import.meta.url)('passport-oauth2')

const json = { 'content-type': 'application/json' }

/** Signs in at a vendor that plays this fault, and gives what reached Express. */
async function errorOf(fault: Fault, strategy: object = {}, Strategy = InsureSignStrategy) {
  const { browser, sandbox, signIn, errors } = await testApp({ strategy, Strategy })
  sandbox.vendors.insuresign.faults.add('token', fault)
  const { status } = await signIn(browser())
  expect(errors).toHaveLength(1)
  return { status, error: errors[0] as Error & Record<string, unknown> }
}

describe('errors in the classes of passport-oauth2', () => {
  it('are its own classes, and the strategy is one of its strategies', async () => {
    const { strategy } = await testApp()
    expect(strategy).toBeInstanceOf(theirs.Strategy)
    expect([TokenError, AuthorizationError, InternalOAuthError]).toEqual([
      theirs.TokenError,
      theirs.AuthorizationError,
      theirs.InternalOAuthError,
    ])
  })

  it('an OAuth error answer is a TokenError with code, message and uri', async () => {
    const body = '{"error":"invalid_client","error_description":"who are you?","error_uri":"https://vendor.example/e"}'
    const { status, error } = await errorOf({ answer: { status: 401, headers: json, body } })
    expect(error).toBeInstanceOf(theirs.TokenError)
    expect(error).toMatchObject({ code: 'invalid_client', message: 'who are you?', uri: 'https://vendor.example/e' })
    expect(status).toBe(500)
  })

  it('a TokenError has the whole story beside the vendor’s words, where no log prints it', async () => {
    const body = '{"error":"invalid_client","error_description":"who are you?"}'
    const { error } = await errorOf({ answer: { status: 401, headers: json, body } })
    expect(error['oauthError']).toBeInstanceOf(EsignAuthError)
    expect(error['oauthError']).toMatchObject({
      code: 'oauth_error',
      vendorStatus: 401,
      oauth: { error: 'invalid_client' },
    })
    expect(Object.keys(error)).not.toContain('oauthError')
  })

  it('a TokenError has a message also where the vendor gives only a code', async () => {
    const { error } = await errorOf({ answer: { status: 400, headers: json, body: '{"error":"invalid_grant"}' } })
    expect(error).toBeInstanceOf(theirs.TokenError)
    expect(error).toMatchObject({
      code: 'invalid_grant',
      message: expect.stringMatching(/^InsureSign: .*\(invalid_grant\)/),
    })
  })

  it('an error in the shape of HelloSign is a TokenError with string code and message', async () => {
    const body = '{"error":{"error_name":"unauthorized","error_msg":"no access"}}'
    const { error } = await errorOf({ answer: { status: 401, headers: json, body } })
    expect(error).toBeInstanceOf(theirs.TokenError)
    expect(error).toMatchObject({ code: 'unauthorized', message: 'no access' })
  })

  it('an error in a 200 keeps its reason', async () => {
    const body = '{"error":"temporarily_unavailable","access_token":"x","token_type":"Bearer"}'
    const { error } = await errorOf({ answer: { headers: json, body } })
    expect(error).toBeInstanceOf(theirs.TokenError)
    expect(error).toMatchObject({ code: 'temporarily_unavailable' })
  })

  it.each<[string, Fault, string]>([
    ['a 503 without a reason', { answer: { status: 503 } }, 'http_error'],
    ['a page of HTML', { answer: 'html' }, 'invalid_answer'],
    ['half an answer', { answer: 'truncated' }, 'invalid_answer'],
    ['null', { answer: { headers: json, body: 'null' } }, 'invalid_answer'],
    ['no token', { answer: { headers: json, body: '{"token_type":"Bearer"}' } }, 'invalid_answer'],
    ['a redirect', { answer: { status: 302, headers: { location: 'https://evil.example' } } }, 'redirect_refused'],
    ['a broken connection', { answer: 'cut' }, 'network_error'],
    ['a connection broken in the middle', { answer: 'cut-body' }, 'network_error'],
    ['silence', { answer: 'hang' }, 'timeout'],
    ['drops without end', { answer: 'drip' }, 'timeout'],
    ['2 MB', { answer: { headers: json, body: ' '.repeat(2_000_000) } }, 'answer_too_large'],
  ])('%s is an InternalOAuthError with code, around the EsignAuthError', async (_, fault, code) => {
    const { status, error } = await errorOf(fault, { timeout: 150 })
    expect(status).toBe(500)
    expect(error).toBeInstanceOf(theirs.InternalOAuthError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(/^InsureSign: /) })
    expect(error['oauthError']).toBeInstanceOf(EsignAuthError)
    expect(error['oauthError']).toMatchObject({ code, vendor: 'insuresign' })
    expect(String(error)).toMatch(/^EsignAuthError: InsureSign: /)
  })

  it.each([
    ['server_error', 502],
    ['temporarily_unavailable', 503],
    ['invalid_scope', 500],
  ])('the error %s at the callback is an AuthorizationError with status %i', async (error, status) => {
    const { browser, errors } = await testApp()
    const visitor = browser()
    const state = paramOf(await visitor.login(), 'state')
    const query = new URLSearchParams({
      error,
      error_description: 'sorry',
      error_uri: 'https://vendor.example/e',
      state,
    })
    expect((await visitor.get(`/callback?${query}`)).status).toBe(status)
    expect(errors[0]).toBeInstanceOf(theirs.AuthorizationError)
    expect(errors).toMatchObject([
      { code: error, message: 'InsureSign: sorry', uri: 'https://vendor.example/e', status },
    ])
  })

  it('an AuthorizationError without a description has a message too', async () => {
    const { browser, errors } = await testApp()
    const visitor = browser()
    await visitor.get(`/callback?error=invalid_scope&state=${paramOf(await visitor.login(), 'state')}`)
    expect(errors).toMatchObject([{ message: 'InsureSign: sign-in ended with invalid_scope.' }])
  })

  it('HEAD on the callback is an InternalOAuthError with status 405', async () => {
    const { browser, errors } = await testApp()
    expect((await browser().head('/callback?code=x&state=y')).status).toBe(405)
    expect(errors[0]).toBeInstanceOf(theirs.InternalOAuthError)
    expect(errors).toMatchObject([{ code: 'method_not_allowed', status: 405 }])
  })
})

describe('an overridden parseErrorResponse', () => {
  const told: unknown[] = []
  const fault: Fault = {
    answer: { status: 400, headers: json, body: '{"error":"invalid_grant","error_description":"used","extra":"raw"}' },
  }

  function parsing(parse: (body: string, status: number) => Error | null | undefined): typeof InsureSignStrategy {
    return class extends InsureSignStrategy {
      override parseErrorResponse(body: string, status: number) {
        told.push(body, status)
        return parse(body, status)
      }
    }
  }

  it('gets the error in the words of RFC 6749, and the status; what it makes of them is the outcome', async () => {
    const own = new RangeError('own')
    const { error } = await errorOf(
      fault,
      {},
      parsing(() => own),
    )
    expect(error).toBe(own)
    expect(told).toEqual(['{"error":"invalid_grant","error_description":"used"}', 400])
    expect(error['code']).toBe('invalid_grant')
  })

  it('may be frozen, or carry the story already', async () => {
    const frozen = Object.freeze(Object.assign(new RangeError('own'), { code: 'E_OWN' }))
    expect(
      (
        await errorOf(
          fault,
          {},
          parsing(() => frozen),
        )
      ).error,
    ).toBe(frozen)
    const told = Object.assign(new RangeError('own'), { oauthError: 'a story of its own' })
    expect(
      (
        await errorOf(
          fault,
          {},
          parsing(() => told),
        )
      ).error['oauthError'],
    ).toBe('a story of its own')
  })

  it('keeps a code of its own', async () => {
    const own = Object.assign(new RangeError('own'), { code: 'E_OWN' })
    const { error } = await errorOf(
      fault,
      {},
      parsing(() => own),
    )
    expect(error['code']).toBe('E_OWN')
  })

  it.each([
    ['null', () => null],
    ['nothing', () => undefined],
    [
      'an exception',
      () => {
        throw new Error('cannot parse')
      },
    ],
  ])('that yields %s leaves an InternalOAuthError', async (_, parse) => {
    const { error } = await errorOf(fault, {}, parsing(parse))
    expect(error).toBeInstanceOf(theirs.InternalOAuthError)
    expect(error).toMatchObject({ code: 'oauth_error', oauthError: { oauth: { error: 'invalid_grant' } } })
  })
})
