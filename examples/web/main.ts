import { startWeb } from './server.ts'

// `npm run demo:web` serves the example until it is told to end.
const { url, sandbox, close } = await startWeb(process.env)
console.log(`Open ${url}`)
if (sandbox) console.log('It talks to the sandbox: no real account is involved.')
process.once('SIGINT', close).once('SIGTERM', close)
