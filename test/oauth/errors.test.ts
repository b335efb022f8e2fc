import { inspect } from 'node:util'
import { EsignAuthError } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { optionError } from '../../src/oauth/errors.ts'

const vendor = { id: 'a-vendor', name: 'A Vendor' }

describe('an EsignAuthError', () => {
  it("begins with the vendor's name and was not sent unless told otherwise", () => {
    const error = new EsignAuthError('unsupported', vendor, 'there is no such thing.')
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).toBe('EsignAuthError: A Vendor: there is no such thing.')
    expect({ ...error }).toEqual({
      code: 'unsupported',
      vendor: 'a-vendor',
      vendorStatus: undefined,
      sent: 'no',
      retryAfter: undefined,
      oauth: undefined,
    })
    expect(error.cause).toBeUndefined()
  })

  it('as JSON is its code and facts', () => {
    const oauth = { error: 'invalid_grant' }
    const error = new EsignAuthError('oauth_error', vendor, 'x', {
      vendorStatus: 400,
      sent: 'answered',
      retryAfter: 3,
      oauth,
    })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'oauth_error',
      vendor: 'a-vendor',
      vendorStatus: 400,
      sent: 'answered',
      retryAfter: 3,
      oauth,
    })
  })

  it('says where to read more, without showing it everywhere', () => {
    const error = new EsignAuthError('timeout', vendor, 'x')
    expect(error.help).toBe('esign-auth/docs/errors.md#timeout')
    expect(inspect(error)).not.toContain('errors.md')
  })

  it('shows its name and code when it is inspected', () => {
    expect(inspect(new EsignAuthError('timeout', vendor, 'x'))).toMatch(
      /^EsignAuthError: A Vendor: x[\s\S]*code: 'timeout'/,
    )
  })
})

describe('a mistake in an option', () => {
  it('is a TypeError with a code, the option and the vendor', () => {
    const error = optionError(vendor, 'clientId', 'is missing.')
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({
      code: 'invalid_option',
      option: 'clientId',
      message: 'A Vendor: option `clientId` is missing.',
    })
  })
})

describe('the status of a vendor’s answer', () => {
  it('1.6 · is nothing that Express would answer the browser with', () => {
    const error = new EsignAuthError('http_error', vendor, 'x', { vendorStatus: 401 })
    expect(error).toMatchObject({ vendorStatus: 401 })
    for (const name of ['status', 'statusCode', 'headers']) expect(error).not.toHaveProperty(name)
  })
})
