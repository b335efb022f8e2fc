import { startServer } from './start-server.mjs'

/** Fewer rounds, for `--quick`. */
export const quick = process.env.BENCH_QUICK === '1'

/**
 * Runs one section in this process, with a token server if it wants one, and sends its result to whoever started it.
 * By hand: `BENCH_QUICK=1 node bench/run.mjs --quick --only waiters`.
 */
export async function section(measure) {
  const server = await startServer()
  let failed = true
  try {
    const result = await measure(server)
    if (process.send) await new Promise((resolve) => process.send(result, resolve))
    else console.log(JSON.stringify(result, null, 1))
    failed = false
  } catch (error) {
    console.error(error)
  } finally {
    await server.close()
    // Some contender may have left a timer or a connection, and the next section waits.
    process.exit(failed ? 1 : 0)
  }
}
