import { describe, expect, test } from 'vitest'
import { createDropboxSignApp } from './dropbox-sign-app.ts'
import { createEsignGlobalApp } from './esignglobal-app.ts'

describe.each([
  ['Dropbox Sign', createDropboxSignApp],
  ['eSignGlobal', createEsignGlobalApp],
])('the callback of the fake %s', (_, create) => {
  test('can be bare, whatever the person decides', async () => {
    const app = create()
    app.fake.switches.callback = 'bare'
    for (const { url } of [
      await app.sandbox.approve(app.authorizationUrl()),
      await app.sandbox.deny(app.authorizationUrl()),
    ]) {
      expect(url).toBe(`${app.redirectUri}?state=s1`)
    }
  })

  test('can lose the state', async () => {
    const app = create()
    app.fake.switches.stateEcho = 'drop'
    expect((await app.sandbox.deny(app.authorizationUrl())).url).toBe(`${app.redirectUri}?error=access_denied`)
  })

  test('can alter the state', async () => {
    const app = create()
    app.fake.switches.stateEcho = 'alter'
    const { url } = await app.sandbox.deny(app.authorizationUrl())
    expect(url).toBe(`${app.redirectUri}?error=access_denied&state=s1-altered`)
  })
})
