import { once } from './once.ts'
import { startDemo } from './server.ts'
import { callbackUrl } from './vendors.ts'

/**
 * `npm run demo` serves the example until it is told to end. `npm run demo -- --once` does in it whatever a person can
 * do, always against the sandbox, and exits with 0 when all came out as it must, else with 1.
 */
async function main(): Promise<void> {
  if (process.argv.includes('--once')) {
    const { url, sandbox, close } = await startDemo({})
    process.exitCode = sandbox && (await once({ url, sandbox }, console.log)) ? 0 : 1
    return close()
  }
  const { url, vendors, sandbox, close } = await startDemo(process.env)
  console.log(`Open ${url}`)
  if (sandbox) console.log('It talks to the sandbox: no real account is involved.')
  else for (const vendor of vendors) console.log(`Callback URL for ${vendor.id}: ${callbackUrl(url, vendor)}`)
  process.once('SIGINT', close).once('SIGTERM', close)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
