import { createClient, insureSign } from 'esign-auth'
import { createTokenKeeper } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { startWorker } from './worker.ts'

// Two people sign in at the sandbox, as they would on your web pages, and leave. The worker goes on for them, past the
// hour for which an access token lives. One of them withdraws the app's access at the vendor after a while.
const redirectUri = 'https://app.example/callback'
const sandbox = createSandbox()
const { client: registered, users } = sandbox.vendors.insuresign
registered.redirectUris.push(redirectUri)
const { clientId, clientSecret } = registered
const client = createClient(insureSign, { clientId, clientSecret, fetch: sandbox.fetch })
const keeper = createTokenKeeper({ clients: [client] })

const owners = users.slice(0, 2).map(({ id }) => ({ owner: id, vendor: 'insuresign' }))
for (const { owner, vendor } of owners) {
  const { url } = await sandbox.approve(client.authorizationUrl({ redirectUri, state: crypto.randomUUID() }), owner)
  const callback = client.readCallback(new URL(url).search)
  if ('error' in callback) throw new Error(callback.error)
  await keeper.adopt(await client.exchangeCode({ ...callback, redirectUri }), { owner, vendor })
}

let rounds = 0
const stop = startWorker(
  keeper,
  () => owners,
  50,
  ({ done, signedOut }) => {
    rounds += 1
    const names = (id: string) => users.find((user) => user.id === id)?.name
    for (const { owner, documents } of done) console.log(`Round ${rounds}: ${names(owner)} has ${documents} documents`)
    for (const owner of signedOut) console.log(`Round ${rounds}: ${names(owner)} has to sign in again`)
    sandbox.vendors.insuresign.expireAccessTokens()
    if (rounds === 2) sandbox.vendors.insuresign.revokeUser(users[1]?.id ?? '')
    if (rounds === 3) {
      stop()
      void keeper.close()
    }
  },
)
