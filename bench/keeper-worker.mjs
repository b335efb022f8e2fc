/**
 * One process of a fleet: a keeper on a shared store. Forked by sections/stampede.mjs, told what to do over IPC:
 * `adopt` a grant whose token has run out, or `ask` so many times at once for it.
 */
import { createClient, insureSign } from 'esign-auth'
import { createTokenKeeper } from 'esign-auth/keeper'
import { keys, stores } from './stores.mjs'

const { STORE: name, ADDRESS: address, ORIGIN: origin } = process.env
const { store, close } = await stores[name].connect(address)
const endpoints = { token: `${origin}/rotating/token` }
const vendor = { ...insureSign, rotation: 'always' }
const client = createClient(vendor, { clientId: 'fleet', clientSecret: 'a-secret-of-usual-length', endpoints })
const keeper = createTokenKeeper({ store, keys, clients: [client] })

const work = {
  async adopt(family) {
    const expires_at = Math.floor(Date.now() / 1000) - 1
    const tokens = { access_token: 'old', refresh_token: `${family}.0`, expires_at }
    await keeper.adopt(tokens, { vendor: 'insuresign', owner: family })
  },
  async ask(family, count) {
    const start = performance.now()
    const ask = () => keeper.access({ vendor: 'insuresign', owner: family })
    const answers = await Promise.allSettled(Array.from({ length: count }, ask))
    const failed = answers.filter(({ status }) => status === 'rejected')
    return { ms: performance.now() - start, failed: failed.length, why: String(failed[0]?.reason ?? '') }
  },
  async close() {
    await keeper.close(1_000)
    await close()
    process.exit()
  },
}
process.on('message', async ([what, ...args]) => {
  try {
    process.send({ done: await work[what](...args) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ done: 'ready' })
