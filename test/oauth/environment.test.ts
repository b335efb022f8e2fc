import { createClient, dropboxSign, eSignGlobal, insureSign, type Vendor } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { settingsIn, variableOf } from '../../src/oauth/environment.ts'

describe('a variable of the environment', () => {
  it.each([
    ['insuresign', 'legacy', 'AUTH_INSURESIGN_LEGACY'],
    ['dropbox-sign', 'apiKey', 'AUTH_DROPBOX_SIGN_API_KEY'],
    ['adobe-acrobat-sign', 'clientSecret', 'AUTH_ADOBE_ACROBAT_SIGN_CLIENT_SECRET'],
    ['acme', 'aLongOption2', 'AUTH_ACME_A_LONG_OPTION2'],
  ])('of %s for %s is %s', (id, option, variable) => {
    expect(variableOf(id, option)).toBe(variable)
  })

  it.each<[string, Vendor, Record<string, string>, object]>([
    ['nothing', eSignGlobal as Vendor, {}, {}],
    ['a word', eSignGlobal as Vendor, { AUTH_MINE_REGION: 'eu1' }, { region: 'eu1' }],
    ['a switch that is on', eSignGlobal as Vendor, { AUTH_MINE_SANDBOX: 'true' }, { sandbox: true }],
    ['a switch that is off', insureSign as Vendor, { AUTH_MINE_LEGACY: 'false' }, { legacy: false }],
    ['text that happens to be true', dropboxSign as Vendor, { AUTH_MINE_API_KEY: 'true' }, { apiKey: 'true' }],
    ['what is no setting', insureSign as Vendor, { AUTH_MINE_LEGACYX: 'true', AUTH_MINE_REGION: 'eu1' }, {}],
    ['what is another’s', insureSign as Vendor, { AUTH_INSURESIGN_LEGACY: 'true' }, {}],
  ])('tells a setting of the vendor: %s', (_, vendor, variables, settings) => {
    expect(settingsIn(vendor, 'mine', (name) => variables[name])).toEqual(settings)
  })

  it.each(['', 'yes', '1', 'TRUE', 'true ', 'untrue', 'truest', 'falsehood'])(
    'is no switch when it holds %j, and the client says so',
    (told) => {
      const settings = settingsIn(insureSign as Vendor, 'insuresign', () => told)
      expect(settings).toEqual({ legacy: told })
      expect(() => createClient(insureSign as Vendor, { clientId: 'an-id', clientSecret: 'x', ...settings })).toThrow(
        expect.objectContaining({ code: 'invalid_option', option: 'legacy' }),
      )
    },
  )
})
