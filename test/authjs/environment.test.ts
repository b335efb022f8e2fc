import { ExpressAuth } from '@auth/express'
import { DropboxSign, ESignGlobal, InsureSign, withEsign } from 'esign-auth/authjs'
import { createSandbox } from 'esign-auth/sandbox'
import express from 'express'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { serve } from '../passport/serve.ts'
import { browser } from './express-app.ts'
import { nextLike, site, webConfig, webVisitor } from './web-app.ts'

afterEach(() => void vi.unstubAllEnvs())

describe('credentials and settings of the environment', () => {
  it.each([
    ['the bare function', InsureSign, ESignGlobal],
    ['no options', InsureSign({}), ESignGlobal({})],
  ])('are found for %s', async (_, insuresign, esignglobal) => {
    const sandbox = createSandbox()
    const eu = sandbox.vendors.esignglobal.register({ region: 'eu1' })
    const { client } = sandbox.vendors.insuresign
    vi.stubEnv('AUTH_INSURESIGN_ID', client.clientId)
    vi.stubEnv('AUTH_INSURESIGN_SECRET', client.clientSecret)
    vi.stubEnv('AUTH_ESIGNGLOBAL_ID', eu.clientId)
    vi.stubEnv('AUTH_ESIGNGLOBAL_SECRET', eu.clientSecret)
    vi.stubEnv('AUTH_ESIGNGLOBAL_REGION', 'eu1')
    vi.stubEnv('AUTH_SECRET', 'an Auth.js secret, long enough for a test')
    const config = { providers: [insuresign, esignglobal], trustHost: true }
    const { handlers } = withEsign(nextLike, { ...config, secret: 'an Auth.js secret, long enough for a test' })
    const me = webVisitor({ handlers })
    for (const [id, clientId] of [
      ['insuresign', client.clientId],
      ['esignglobal', eu.clientId],
    ] as const) {
      const params = new URL((await me.press(id)).headers.get('location') ?? '').searchParams
      expect(params.get('client_id') ?? params.get('clientId')).toBe(clientId)
    }
    // And where the host reads them itself.
    const app = express()
    app.use('/auth', withEsign(ExpressAuth, { providers: [insuresign], trustHost: true }))
    const visitor = browser(await serve(app))
    const location = new URL(await visitor.begin('insuresign'))
    expect(location.searchParams.get('client_id')).toBe(client.clientId)
  })

  it('that are missing keep only that vendor from signing in, with an error that names the setting', async () => {
    const sandbox = createSandbox()
    const errors: Error[] = []
    const config = webConfig(sandbox)
    const [insuresign = InsureSign] = config.providers
    const host = withEsign(nextLike, {
      ...config,
      providers: [ESignGlobal({ clientId: 'id', clientSecret: 'a secret' }), DropboxSign, insuresign],
      logger: { error: (error) => errors.push(error) },
    })
    const me = webVisitor(host)
    for (const [id, setting] of [
      ['esignglobal', /eSignGlobal.*region/],
      ['dropbox-sign', /Dropbox Sign.*clientI[dD]/],
    ] as const) {
      const answer = await me.press(id)
      const location = answer.headers.get('location') ?? ''
      expect(location).toBe(`${site}/api/auth/signin?error=Configuration&code=invalid_option`)
      expect(await (await me.go(location)).text()).toContain('This way to sign in is not set up correctly.')
      expect(errors.at(-1)?.message).toMatch(setting)
      const action = await host.signIn(id)
      expect(action).toEqual({ redirect: `${site}/api/auth/signin?error=Configuration`, cookies: [] })
      const json = await me.press(id, {}, '', { 'X-Auth-Return-Redirect': '1' })
      expect((await json.json()).url).toContain('/api/auth/signin?error=Configuration')
    }
    await me.go((await sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')).url)
    expect(await me.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })
})
