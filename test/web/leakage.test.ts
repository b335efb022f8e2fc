import { inspect } from 'node:util'
import type { SandboxRequest } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { spiesOnOutput } from '../output.ts'
import { createTestSandbox, paramOf } from '../passport/app.ts'
import { newSignIn, ours, webApp } from './app.ts'

afterEach(() => void vi.restoreAllMocks())

/** Everything a developer could print of a value. */
function printed(value: unknown): string {
  const error = value instanceof Error ? [value.stack, value.message, inspect(value.cause)] : []
  return [inspect(value, { depth: null, getters: true }), JSON.stringify(value), String(value), ...error].join('\n')
}

describe('1.6 · what esign-auth/web shows', () => {
  it.each([
    [
      'that echoes our request',
      400,
      (quoted: string) => JSON.stringify({ error: 'invalid_grant', error_description: quoted }),
    ],
    ['that echoes it with a 200', 200, (quoted: string) => JSON.stringify({ message: quoted })],
    ['that echoes it as a page', 500, (quoted: string) => `<html>${quoted}`],
  ])('1.6 · of a vendor %s: no secret in the failure, the answer or the log', async (_, status, answer) => {
    const { browser, sandbox, failures } = await webApp({ options: { pkce: true } })
    sandbox.vendors.insuresign.switches.pkce = true
    let request: SandboxRequest | undefined
    sandbox.vendors.insuresign.faults.add('token', {
      where(each) {
        request = each
        return true
      },
      answer: () =>
        new Response(answer(JSON.stringify(request)), { status, headers: { 'content-type': 'application/json' } }),
    })
    const visitor = browser()
    const outputs = spiesOnOutput()
    const callback = await sandbox.approve(await visitor.login())
    const { text, headers } = await visitor.follow(callback)
    const { code = '', code_verifier: verifier = '' } = request?.body ?? {}
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const log = outputs.flatMap(({ mock }) => mock.calls)
    expect(failures).toHaveLength(1)
    for (const secret of [
      code,
      verifier,
      clientSecret,
      btoa(`${clientId}:${clientSecret}`),
      paramOf(callback, 'state'),
    ]) {
      expect(secret.length).toBeGreaterThan(8)
      expect([printed(failures[0]), text, JSON.stringify(headers), printed(log)].join('\n')).not.toContain(secret)
    }
  })

  it('1.6 · of a sign-in that is printed: no secret of its options', () => {
    const options = {
      clientSecret: 'a client secret of the tests',
      cookieSecret: 'a cookie secret of the tests',
      tokenHeaders: { 'X-Api-Key': 'a key in a custom header' },
      tokenParams: { password: 'a password among the fields' },
    }
    const text = printed(newSignIn(createTestSandbox(), options))
    for (const secret of ['a client secret', 'a cookie secret', 'a key in', 'a password'])
      expect(text).not.toContain(secret)
  })

  it('1.3 · of 12 kB of tokens: nothing in a cookie', async () => {
    const { browser, sandbox, visit } = await webApp({ options: { profile: () => ({ id: 'one' }) } })
    const [access_token, refresh_token] = ['a'.repeat(12_000), 'r'.repeat(12_000)]
    sandbox.vendors.insuresign.faults.add('token', {
      answer: {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ access_token, refresh_token, token_type: 'Bearer' }),
      },
    })
    const visitor = browser()
    expect((await visit(visitor)).status).toBe(200)
    expect([ours(visitor), visitor.setCookies.join('').length < 1_500]).toEqual([[], true])
  })
})
