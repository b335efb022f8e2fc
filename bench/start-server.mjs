import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts the token server as a process of its own; it ends with {@link close}, and with this process. */
export async function startServer() {
  const child = fork(fileURLToPath(new URL('token-server.mjs', import.meta.url)), { execArgv: [] })
  const [{ origin }] = await once(child, 'message')
  const ask = async (message) => {
    child.send(message)
    const [{ counts }] = await once(child, 'message')
    return counts
  }
  return {
    origin,
    /** Posts, connections and refusals per client id so far. */
    counts: () => ask('count'),
    forget: () => ask('forget'),
    async close() {
      if (child.exitCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
