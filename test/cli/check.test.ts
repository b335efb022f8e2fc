import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vendors } from 'esign-auth'
import { createSandbox, type ListeningSandbox, type Sandbox } from 'esign-auth/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approve } from '../e2e/visitor.ts'
import { runHere, start } from './program.ts'

const good = { AUTH_INSURESIGN_ID: 'an-id-of-ours', AUTH_INSURESIGN_SECRET: 'a-secret-of-ours' }
const check = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runHere(['check', ...args], env)

describe('esign-auth check', () => {
  it('says what is there, what to register and where a sign-in begins, and sends nothing', async () => {
    const { code, stdout, stderr } = await start(
      ['check', 'insuresign', '--redirect-uri', 'https://app.example/cb'],
      good,
    ).ended
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('callback URL  https://app.example/cb')
    expect(stdout).toContain(
      'https://sign-auth.insuresign.io/oauth2/authorize?response_type=code&client_id=an-id-of-ours',
    )
    expect(stdout).toContain('esign-auth/docs/vendors/insuresign.md')
    expect(stdout).not.toContain(good.AUTH_INSURESIGN_SECRET)
  })

  it.each([
    [{ AUTH_INSURESIGN_SECRET: '' }, 'AUTH_INSURESIGN_SECRET is not set'],
    [{ AUTH_INSURESIGN_SECRET: 'a-secret-of-ours\n' }, 'begins or ends with a blank or a line break'],
    [{ AUTH_INSURESIGN_SECRET: '"a-secret-of-ours"' }, 'stands in quotes'],
    [{ AUTH_INSURESIGN_SECRET: 'your-client-secret' }, 'looks like a placeholder'],
    [{ AUTH_INSURESIGN_SECRET: good.AUTH_INSURESIGN_ID }, 'are the same'],
    [{ AUTH_INSURESIGN_ID: 'an:id' }, 'option `AUTH_INSURESIGN_ID` holds a colon'],
    [{ AUTH_INSURESIGN_LEGACY: 'yes' }, 'option `AUTH_INSURESIGN_LEGACY` must be true or false'],
  ])('finds %j', async (env, what) => {
    const { code, stdout } = await check(['insuresign'], { ...good, ...env })
    expect([code, stdout]).toEqual([1, expect.stringContaining(what)])
    const { AUTH_INSURESIGN_SECRET: secret } = { ...good, ...env }
    if (secret.trim().length > 0 && secret !== good.AUTH_INSURESIGN_ID) expect(stdout).not.toContain(secret.trim())
  })

  it('knows the regions of a vendor, and warns of a variable that nobody reads', async () => {
    const env = { AUTH_ESIGNGLOBAL_ID: 'an-id', AUTH_ESIGNGLOBAL_SECRET: 'a-secret' }
    const missing = await check(['esignglobal'], env)
    expect([missing.code, missing.stdout]).toEqual([1, expect.stringContaining('`AUTH_ESIGNGLOBAL_REGION` is missing')])
    const wrong = await check(['esignglobal'], { ...env, AUTH_ESIGNGLOBAL_REGION: 'us1' })
    expect(wrong.stdout).toContain('`AUTH_ESIGNGLOBAL_REGION` must be "as1" or "as2" or "eu1"')
    const misspelt = await check(['esignglobal'], {
      ...{ ...env, AUTH_ESIGNGLOBAL_REGION: 'eu1', AUTH_ESIGNGLOBAL_REGOIN: 'as1' },
    })
    expect([misspelt.code, misspelt.stdout]).toEqual([0, expect.stringContaining('REGOIN is read by nobody')])
  })

  it('answers in JSON, for every vendor', async () => {
    for (const { id } of vendors) {
      const { stdout } = await check([id, '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ vendor: id, sandbox: false, docs: `esign-auth/docs/vendors/${id}.md` })
    }
  })

  it('reads a .env file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'esign-auth-check-'))
    const file = join(folder, '.env')
    await writeFile(
      file,
      Object.entries(good)
        .map(([name, value]) => `${name}='${value}'`)
        .join('\n'),
    )
    const { code } = await start(['check', 'insuresign', '--env', file]).ended
    await rm(folder, { recursive: true })
    expect(code).toBe(0)
    expect(await check(['insuresign', '--env', file])).toMatchObject({ code: 2, stdout: '' })
  })

  it.each([
    [['insuresign', 'docusign'], 'Name one vendor'],
    [[], 'Name one vendor'],
    [['insuresign', '--refresh', 'TOKEN'], 'TOKEN is not set'],
    [['insuresign', '--refresh', 'A', '--client-credentials'], 'One call at a time'],
  ])('%j ends with 2', async (args, why) => {
    const { code, stderr } = await check(args, good)
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)])
  })
})

describe('esign-auth check, with a call', () => {
  let sandbox: Sandbox
  let listening: ListeningSandbox
  beforeAll(async () => {
    sandbox = createSandbox()
    listening = await sandbox.listen({ vendors: ['insuresign', 'docusign'] })
  })
  afterAll(() => listening?.close())

  const env = (changes: Readonly<Record<string, string>> = {}) => {
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const options = { insuresign: listening.options('insuresign'), docusign: listening.options('docusign') }
    return {
      ...{ AUTH_INSURESIGN_ID: clientId, AUTH_INSURESIGN_SECRET: clientSecret },
      ESIGN_SANDBOX: JSON.stringify(options),
      ...changes,
    }
  }

  async function refreshToken(): Promise<string> {
    const { createClient, insureSign } = await import('esign-auth')
    const { client: registered } = sandbox.vendors.insuresign
    const redirectUri = 'http://127.0.0.1:3000/callback'
    if (registered.redirectUris.length === 0) registered.redirectUris.push(redirectUri)
    const { clientId, clientSecret } = registered
    const client = createClient(insureSign, { clientId, clientSecret, ...listening.options('insuresign') })
    const callback = client.readCallback(
      new URL(await approve(client.authorizationUrl({ redirectUri, state: 's' }))).search,
    )
    if ('error' in callback) throw new Error(callback.error)
    return (await client.exchangeCode({ ...callback, redirectUri })).refresh_token ?? ''
  }

  it('makes one client credentials call', async () => {
    const before = sandbox.log.length
    const { code, stdout } = await check(['insuresign', '--client-credentials'], env())
    expect([code, stdout]).toEqual([0, expect.stringContaining('✓ The vendor knows this client')])
    expect(stdout).toContain('at the sandbox')
    expect(sandbox.log.length - before).toBe(1)
  })

  it('makes one refresh, and shows no token', async () => {
    const token = await refreshToken()
    const { code, stdout } = await check(['insuresign', '--refresh', 'TOKEN'], env({ TOKEN: token }))
    expect([code, stdout]).toEqual([0, expect.stringContaining('the refresh token stays as it is')])
    expect(stdout).not.toContain(token)
  })

  it('explains a wrong secret, without showing it', async () => {
    const changed = env({ AUTH_INSURESIGN_SECRET: 'a-secret-of-somebody-else' })
    const { code, stdout } = await check(['insuresign', '--client-credentials'], changed)
    expect(code).toBe(3)
    expect(stdout).toContain('Check client id, client secret and that they belong to this host')
    expect(stdout).toContain('esign-auth/docs/errors.md#oauth_error')
    expect(stdout).not.toContain('somebody-else')
  })

  it('explains a refresh token that is none, and one that is spent', async () => {
    const { code, stdout } = await check(['insuresign', '--refresh', 'T', '--json'], env({ T: 'a-made-up-token' }))
    expect(code).toBe(3)
    expect(JSON.parse(stdout).call).toMatchObject({ ok: false, code: 'oauth_error', oauth: 'invalid_grant' })
  })

  it('says what the vendor cannot do', async () => {
    const { clientId, clientSecret } = sandbox.vendors.docusign.client
    const own = env({ AUTH_DOCUSIGN_ID: clientId, AUTH_DOCUSIGN_SECRET: clientSecret, TOKEN: 'x' })
    const { code, stdout } = await check(['docusign', '--client-credentials'], own)
    expect([code, stdout]).toEqual([1, expect.stringContaining('offers no grant of type client_credentials')])
    const refused = await check(['docusign', '--refresh', 'TOKEN'], own)
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('Add --spend')])
    expect((await check(['docusign', '--refresh', 'TOKEN', '--spend'], own)).code).toBe(3)
  })

  it('ends with 4 when nobody answers', async () => {
    const nowhere = { endpoints: { authorization: 'http://127.0.0.1:9/a', token: 'http://127.0.0.1:9/t' } }
    const gone = { insuresign: { ...nowhere, api: [], allowLoopbackHttp: true } }
    const { code, stdout } = await check(
      ['insuresign', '--client-credentials'],
      env({ ESIGN_SANDBOX: JSON.stringify(gone) }),
    )
    expect([code, stdout]).toEqual([4, expect.stringContaining('Check the network')])
  })
})
