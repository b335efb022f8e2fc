import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseEnv } from 'node:util'
import { type Client, type ClientOptions, createClient, vendors } from 'esign-auth'
import { createSandbox } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it } from 'vitest'
import { approve } from '../e2e/visitor.ts'
import { freePort } from '../servers/process.ts'
import { runHere, type Started, start } from './program.ts'

const callbackUrl = 'http://127.0.0.1:3000/callback'

/** The one line that `--json` prints. */
interface Found {
  readonly env: Readonly<Record<string, string>>
  readonly vendors: Readonly<Record<string, { readonly client: Options; readonly options: Partial<ClientOptions> }>>
  readonly urls: Readonly<Record<string, string>>
}
type Options = Pick<ClientOptions, 'clientId' | 'clientSecret'>

const running: Started[] = []
afterEach(async () => {
  for (const each of running.splice(0)) {
    each.process.kill()
    await each.ended
  }
})

async function sandbox(...args: string[]): Promise<Found> {
  const started = start(['sandbox', '--json', '--port', '0', ...args])
  running.push(started)
  return JSON.parse(await started.prints(/\n/))
}

function clientOf(found: Found, id: string): Client {
  const vendor = vendors.find((each) => each.id === id)
  const { client, options } = found.vendors[id] ?? {}
  if (!vendor || !client) throw new Error(`no ${id}`)
  return createClient(vendor, { clientId: client.clientId, clientSecret: client.clientSecret, ...options })
}

async function signIn(client: Client) {
  const verifier = 'a-verifier-that-is-long-enough-for-rfc-7636-section-4.1'
  const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url')
  const url = client.authorizationUrl({
    ...{ redirectUri: callbackUrl, state: 's1' },
    codeChallenge: client.pkce ? challenge : undefined,
  })
  const callback = client.readCallback(new URL(await approve(url)).search)
  if ('error' in callback) throw new Error(callback.error)
  return client.exchangeCode({
    ...callback,
    redirectUri: callbackUrl,
    codeVerifier: client.pkce ? verifier : undefined,
  })
}

describe('esign-auth sandbox', () => {
  it('prints an environment that a .env file takes, and ends with 0 on SIGINT', async () => {
    const started = start(['sandbox', 'insuresign', 'dropbox-sign', '--port', '0'])
    running.push(started)
    const env = parseEnv(await started.prints(/replaces them/))
    expect(Object.keys(env).sort()).toEqual([
      'AUTH_DROPBOX_SIGN_ID',
      'AUTH_DROPBOX_SIGN_SECRET',
      'AUTH_INSURESIGN_ID',
      'AUTH_INSURESIGN_SECRET',
      'ESIGN_SANDBOX',
    ])
    expect(Object.keys(JSON.parse(env['ESIGN_SANDBOX'] ?? ''))).toEqual(['insuresign', 'dropbox-sign'])
    started.process.kill('SIGINT')
    expect(await started.ended).toMatchObject({ code: 0, stderr: 'The sandbox is ready. Ctrl+C ends it.\n' })
  })

  it('ends with 0 on SIGTERM too, whatever hangs', async () => {
    const started = start(['sandbox', 'insuresign', '--json', '--port', '0', '--fault', 'insuresign.token=hang'])
    const { urls } = JSON.parse(await started.prints(/\n/)) as Found
    const hanging = fetch(`${urls['sign-auth.insuresign.io']}/oauth2/token`, { method: 'POST' }).catch(() => 'cut')
    await new Promise((resolve) => setTimeout(resolve, 200))
    started.process.kill('SIGTERM')
    expect((await started.ended).code).toBe(0)
    expect(await hanging).toBe('cut')
  })

  it('serves every vendor, and signs in with what it printed', async () => {
    const found = await sandbox()
    expect(Object.keys(found.vendors)).toEqual(vendors.map(({ id }) => id))
    for (const { id } of vendors.filter((each) => !each.captured)) {
      expect([id, (await signIn(clientOf(found, id))).access_token]).toEqual([id, expect.any(String)])
    }
  })

  it('has fakes of exactly the vendors that the package has', () => {
    expect(Object.keys(createSandbox().vendors)).toEqual(vendors.map(({ id }) => id))
  })

  it('turns switches, rotation and settings', async () => {
    const found = await sandbox('esignglobal', 'insuresign', '--rotation', '--set', 'esignglobal.region=eu1')
    expect(found.vendors['esignglobal']?.options).toMatchObject({ region: 'eu1' })
    const client = clientOf(found, 'insuresign')
    const tokens = await signIn(client)
    expect(tokens.access_token.split('.')).toHaveLength(3) // a JWT, so that somebody is signed in
    expect((await client.refresh(tokens)).refresh_token).not.toBe(tokens.refresh_token)
    await expect(client.refresh({ refresh_token: tokens.refresh_token })).rejects.toMatchObject({ code: 'oauth_error' })
    expect((await signIn(clientOf(found, 'esignglobal'))).access_token).toEqual(expect.any(String))
  })

  it('plays faults in order, and keeps everybody waiting', async () => {
    const client = clientOf(
      await sandbox('insuresign', '--fault', 'insuresign.token=503x2', '--latency', '150'),
      'insuresign',
    )
    const before = performance.now()
    for (const status of [503, 503, 400]) {
      await expect(client.refresh({ refresh_token: `made-up-${Math.random()}` })).rejects.toMatchObject({
        vendorStatus: status,
      })
    }
    expect(performance.now() - before).toBeGreaterThan(440)
  })

  it('gives a vendor the same ports whichever vendors are served', async () => {
    const port = String(await freePort())
    const alone = start(['sandbox', 'docusign', '--json', '--port', port])
    const { urls } = JSON.parse(await alone.prints(/\n/)) as Found
    alone.process.kill()
    await alone.ended
    const more = start(['sandbox', 'insuresign', 'docusign', '--json', '--port', port])
    running.push(more)
    expect((JSON.parse(await more.prints(/\n/)) as Found).urls).toMatchObject(urls)
  })

  it('says which port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await start(['sandbox', 'insuresign', '--port', `${port}`]).ended
    server.close()
    expect([code, stderr]).toEqual([2, expect.stringContaining(`Port ${port} is in use`)])
  })

  it.each([
    [['sandbox', 'hellosing'], 'There is no vendor "hellosing"'],
    [['sandbox', '--set', 'insuresign.acessToken=jwt'], 'InsureSign has no acessToken. It has'],
    [['sandbox', '--set', 'insuresign.pkce=jwt'], 'pkce takes a boolean'],
    [['sandbox', 'docusign', '--set', 'insuresign.pkce=true'], 'begins with a vendor that is served: docusign'],
    [['sandbox', '--fault', 'insuresign.token=sulk'], 'hang, cut'],
    [['sandbox', '--redirect-uri', '/callback'], 'must be an absolute URL'],
    [['sandbox', '--prot', '1'], "Unknown option '--prot'"],
    [['sandbxo'], 'the commands are sandbox and check'],
  ])('%j ends with 2 and says why', async (args, why) => {
    const { code, stdout, stderr } = await runHere(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(why)
  })

  it('explains itself', async () => {
    for (const args of [[], ['--help'], ['sandbox', '--help'], ['check', '--help']]) {
      const { code, stdout, stderr } = await runHere(args)
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toMatch(/^(npx )?esign-auth/)
    }
  })
})
