import { startDemo } from './server.ts'

const { url, sandbox, close } = await startDemo(process.env)
console.log(`Open ${url}`)
if (sandbox) console.log('It talks to the sandbox: no real account is involved.')
process.once('SIGINT', close).once('SIGTERM', close)
