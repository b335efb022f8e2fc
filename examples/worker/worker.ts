import { createInterface } from 'node:readline'
import { type ClientOptions, createClient, insureSign } from 'esign-auth'
import { createTokenKeeper, ReauthRequired } from 'esign-auth/keeper'
import { openStore } from '../store.ts'

// A background job in a process of its own. It acts for people who are not there: no session and no request, only the
// store in which the app's sign-ins left their tokens. Whatever has run out is refreshed once, also when a web page asks
// for the same person at that moment. It takes one owner per line, where yours would take jobs from a queue.
const shared = await openStore(process.env['ESIGN_AUTH_STORE'])
const client = createClient(insureSign, JSON.parse(process.env['INSURESIGN'] ?? '{}') as ClientOptions)
const keeper = createTokenKeeper({ store: shared?.store, clients: [client] })

for await (const owner of createInterface({ input: process.stdin })) {
  console.log(`${owner} ${await countDocuments(owner)}`)
}
await keeper.close()
await shared?.close()

async function countDocuments(owner: string): Promise<string> {
  const target = { owner, vendor: 'insuresign' }
  try {
    const answer = await keeper.fetch(target, '/my/documents')
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
    const { documents } = (await answer.json()) as { documents: unknown[] }
    return `has ${documents.length} documents`
  } catch (error) {
    if (error instanceof ReauthRequired) return 'has to sign in again' // tell them, and leave them out until they did
    return `has to wait: ${error instanceof Error ? error.message : String(error)}`
  }
}
