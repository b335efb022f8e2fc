import { inspect } from 'node:util'
import { EsignAuthError } from 'esign-auth'
import { createTokenKeeper, memoryStore, StoreUnavailable } from 'esign-auth/keeper'
import { SignInFailure } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import type { Browser } from '../passport/browser.ts'
import { ours, type WebApp, type WebAppOptions, webApp } from './app.ts'

/** What `finish` rejects with after `go`. */
async function failureOf(
  go: (app: WebApp, visitor: Browser) => Promise<unknown>,
  options: WebAppOptions = {},
): Promise<SignInFailure> {
  const app = await webApp(options)
  await go(app, app.browser())
  expect(app.failures).toEqual([expect.any(SignInFailure)])
  return app.failures[0] as SignInFailure
}

const denied = async ({ sandbox }: WebApp, visitor: Browser) =>
  visitor.follow(await sandbox.deny(await visitor.login()))

describe('a SignInFailure', () => {
  it('is an EsignAuthError, and its cause the same error without headers', async () => {
    const failure = await failureOf(denied)
    expect(failure).toBeInstanceOf(EsignAuthError)
    expect(failure.cause).toBeInstanceOf(EsignAuthError)
    for (const each of [failure, failure.cause]) {
      expect(each).toMatchObject({
        code: 'access_denied',
        vendor: 'insuresign',
        message: 'InsureSign: access was denied.',
        oauth: { error: 'access_denied' },
        help: 'esign-auth/docs/errors.md#access_denied',
      })
    }
    expect(failure.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-esign-login\..*=; Max-Age=0;/)])
  })

  it('is found by its message in a log, once, and shows no headers there', async () => {
    const failure = await failureOf(denied)
    expect(String(failure.stack)).toMatch(/^\w+: InsureSign: access was denied\.\n/)
    expect(JSON.parse(JSON.stringify(failure))).toEqual({
      code: 'access_denied',
      vendor: 'insuresign',
      sent: 'no',
      oauth: { error: 'access_denied' },
    })
    expect(inspect(failure)).not.toContain('esign-login')
  })

  it.each([
    ['the exchange', 503, { vendorStatus: 503, sent: 'answered', code: 'http_error' }],
    ['the exchange, limited', 429, { vendorStatus: 429, retryAfter: 7 }],
  ])('carries what is known of a failure of %s', async (_, status, facts) => {
    const failure = await failureOf(async (app, visitor) => {
      app.sandbox.vendors.insuresign.faults.add('token', { answer: { status, headers: { 'retry-after': '7' } } })
      await app.visit(visitor)
      expect(ours(visitor)).toEqual([])
    })
    expect(failure).toMatchObject(facts)
  })

  it('has the keeper’s own error as its cause', async () => {
    const store = { ...memoryStore(), compareAndSwap: () => Promise.reject(new Error('down')) }
    const keeper = createTokenKeeper({ store })
    const failure = await failureOf((app, visitor) => app.visit(visitor), { options: { keeper } })
    expect(failure).toMatchObject({ code: 'store_unavailable', retryAfter: 1, cause: expect.any(StoreUnavailable) })
    await keeper.close()
  })
})
