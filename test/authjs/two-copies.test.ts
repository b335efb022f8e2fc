import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AuthConfig, Auth as AuthFunction } from '@auth/core'
import { InsureSign, withEsign } from 'esign-auth/authjs'
import { createSandbox } from 'esign-auth/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vendorIds } from './express-app.ts'
import { type WebHost, webConfig, webVisitor } from './web-app.ts'

let folder: string
let Auth: typeof AuthFunction
beforeAll(async () => {
  // As npm installs it beside a host that pins another version: a copy of its own, with the same dependencies.
  folder = await mkdtemp(join(tmpdir(), 'esign-auth-copies-'))
  const core = dirname(createRequire(import.meta.url).resolve('@auth/core'))
  await cp(core, join(folder, 'node_modules/@auth/core'), { recursive: true })
  for (const name of ['jose', 'oauth4webapi', '@panva', 'preact', 'preact-render-to-string']) {
    await symlink(join(core, '../..', name), join(folder, 'node_modules', name)).catch(() => {})
  }
  // Not by way of Vitest, which would find our own.
  const url = pathToFileURL(join(folder, 'node_modules/@auth/core/index.js')).href
  ;({ Auth } = (await import(/* @vite-ignore */ url)) as { Auth: typeof AuthFunction })
})
afterAll(() => rm(folder, { recursive: true }))

const mend = /two copies of @auth\/core.*npm ls @auth\/core/

/** A host that brings a copy of its own. */
function otherHost(config: AuthConfig): Pick<WebHost, 'handlers'> {
  config.basePath ??= '/api/auth'
  const handle = async (request: Request) => (await Auth(request, config)) as Response
  return { handlers: { GET: handle, POST: handle, HEAD: handle } }
}

describe('two copies of @auth/core', () => {
  it.each(vendorIds)('keep a sign-in at %s from beginning, with an error that says how to mend it', async (id) => {
    const sandbox = createSandbox()
    const errors: Error[] = []
    const config = { ...webConfig(sandbox), logger: { error: (error: Error) => errors.push(error) } }
    const me = webVisitor(withEsign(otherHost, config) as WebHost)
    const location = (await me.press(id)).headers.get('location')
    expect(location).toBe('https://app.example/api/auth/signin?error=Configuration&code=unsupported')
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({
      name: 'EsignAuthError',
      code: 'unsupported',
      message: expect.stringMatching(mend),
    })
    expect(sandbox.log).toEqual([])
  })

  it('are found by a bare provider when the code has come, and nobody is signed in', async () => {
    const sandbox = createSandbox()
    sandbox.vendors.insuresign.switches.alsoAccepts.authorize.push('scope')
    const errors: Error[] = []
    const { clientId, clientSecret, redirectUris } = sandbox.vendors.insuresign.client
    redirectUris.push('https://app.example/api/auth/callback/insuresign')
    const listening = await sandbox.listen()
    const me = webVisitor(
      otherHost({
        ...webConfig(sandbox),
        providers: [InsureSign({ clientId, clientSecret, ...listening.options('insuresign') })],
        logger: { error: (error) => errors.push(error) },
      }) as WebHost,
    )
    const { url } = await sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')
    await me.go(url)
    expect(await me.session()).toBeNull()
    expect(JSON.stringify(errors.map(({ cause }) => String((cause as { err?: Error })?.err?.message)))).toMatch(mend)
    await listening.close()
  })
})
