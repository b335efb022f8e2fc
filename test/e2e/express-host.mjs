// Runs the Express example as a program of its own, and does with its sandbox what the tests ask over IPC.
import { startDemo } from './server.ts'

const { url, sandbox, close } = await startDemo({ PORT: '0' })
const does = {
  log: () => sandbox.log,
  switches: (vendor, values) => void Object.assign(sandbox.vendors[vendor].switches, values),
  expire: (vendor) => void sandbox.vendors[vendor].expireAccessTokens(),
  addUser: (vendor, user) => void sandbox.vendors[vendor].users.push(user),
  fault: (vendor, place, fault) => void sandbox.vendors[vendor].faults.add(place, fault),
}
process.on('message', ({ id, name, args }) => process.send({ id, value: does[name](...args) ?? null }))
process.once('SIGTERM', async () => {
  await close()
  process.disconnect()
})
process.send({ url })
