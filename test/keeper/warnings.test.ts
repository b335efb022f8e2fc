import { createClient, defineVendor, insureSign } from 'esign-auth'
import { createTokenKeeper } from 'esign-auth/keeper'
import { afterEach, expect, it, vi } from 'vitest'

const credentials = { clientId: 'an id', clientSecret: 'a secret of some length' }
const withGrace = createClient(defineVendor({ ...insureSign, rotation: 'always', graceMs: 8_000 }), credentials)

const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => warned.mockClear())

it('warns of a lease that outlasts half of a vendor’s grace, once per client', () => {
  const keeper = createTokenKeeper({ clients: [withGrace] })
  keeper.addClient(withGrace)
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    'keeper: `lease.ttl` is 5000 ms, and InsureSign takes a spent refresh token again for 8000 ms only.',
  ])
})

it('warns in a way that can be told from other warnings, and silenced', () => {
  createTokenKeeper({ clients: [withGrace] })
  expect(warned.mock.calls.map(([, options]) => options)).toEqual([{ code: 'ESIGN_AUTH_KEEPER' }])
})

it('is content with a shorter lease, or a vendor without grace', () => {
  createTokenKeeper({ clients: [withGrace], lease: { ttl: 4_000 } })
  createTokenKeeper({ clients: [createClient(insureSign, credentials)] })
  expect(warned).not.toHaveBeenCalled()
})

it('is content with a wait that is just long enough', () => {
  createTokenKeeper({ wait: 15_000 })
  createTokenKeeper({ wait: 9_000, lease: { ttl: 3_000 }, http: { timeout: 4_000 } })
  expect(warned).not.toHaveBeenCalled()
})

it('warns of a wait that is shorter than a refresh may take', () => {
  createTokenKeeper({ wait: 14_999 })
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    'keeper: `wait` is 14999 ms, and a refresh that another process gives up takes up to 15000 ms.',
  ])
})
