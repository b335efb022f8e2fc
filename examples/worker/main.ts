import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createClient, insureSign } from 'esign-auth'
import { createTokenKeeper } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { openStore } from '../store.ts'

// The app's process. Two people sign in, as they would on your web pages, and leave; a worker in another process goes on
// for them, past the life of their access tokens. One of them withdraws the app's access at the vendor after a while.
// Both processes share a SQLite file, unless ESIGN_AUTH_STORE names a store and ESIGN_AUTH_KEYS the keys to it.
const folder = mkdtempSync(join(tmpdir(), 'esign-auth-worker-'))
process.once('exit', () => rmSync(folder, { recursive: true }))
process.env['ESIGN_AUTH_STORE'] ||= `sqlite:${join(folder, 'tokens.db')}`
process.env['ESIGN_AUTH_KEYS'] ||= `demo:${randomBytes(32).toString('base64url')}`

const redirectUri = 'https://app.example/callback'
const sandbox = createSandbox()
const listening = await sandbox.listen()
const { client: registered, users } = sandbox.vendors.insuresign
registered.redirectUris.push(redirectUri)
const { clientId, clientSecret } = registered
const options = { clientId, clientSecret, ...listening.options('insuresign') }
const client = createClient(insureSign, options)

const shared = await openStore(process.env['ESIGN_AUTH_STORE'])
const keeper = createTokenKeeper({ store: shared?.store, clients: [client] })
const owners = users.slice(0, 2)
for (const { id: owner } of owners) {
  const { url } = await sandbox.approve(client.authorizationUrl({ redirectUri, state: crypto.randomUUID() }), owner)
  const callback = client.readCallback(new URL(url).search)
  if ('error' in callback) throw new Error(callback.error)
  await keeper.adopt(await client.exchangeCode({ ...callback, redirectUri }), { owner, vendor: 'insuresign' })
}

const program = fileURLToPath(new URL('./worker.ts', import.meta.url))
const worker = spawn(process.execPath, [...process.execArgv, program], {
  env: { ...process.env, INSURESIGN: JSON.stringify(options) },
  stdio: ['pipe', 'pipe', 'inherit'],
})
const said = createInterface({ input: worker.stdout })[Symbol.asyncIterator]()

for (const round of [1, 2, 3]) {
  for (const { id, name } of owners) {
    worker.stdin.write(`${id}\n`)
    const { value: line = '' } = await said.next()
    console.log(`Round ${round}: ${line.replace(id, name)}`)
  }
  sandbox.vendors.insuresign.expireAccessTokens()
  if (round === 2) sandbox.vendors.insuresign.revokeUser(owners[1]?.id ?? '')
}

worker.stdin.end()
const [code] = await once(worker, 'close')
process.exitCode = code
await keeper.close()
await shared?.close()
await listening.close()
