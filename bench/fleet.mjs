import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** So many processes with a keeper each, on one store. */
export async function startFleet(size, { store, address, origin }) {
  const env = { ...process.env, STORE: store, ADDRESS: address, ORIGIN: origin }
  const program = fileURLToPath(new URL('keeper-worker.mjs', import.meta.url))
  const workers = Array.from({ length: size }, () => fork(program, { env, execArgv: [] }))
  const ends = new Map(workers.map((worker) => [worker, endOf(worker)]))
  const heard = async (worker) => {
    const { done, error } = await Promise.race([nextMessage(worker), ends.get(worker)])
    if (error) throw new Error(error)
    return done
  }
  await Promise.all(workers.map(heard))
  const tell = (worker, ...message) => {
    worker.send(message)
    return heard(worker)
  }
  return {
    adopt: (family) => tell(workers[0], 'adopt', family),
    /** `count` callers in all, spread over the processes; each answers with milliseconds and failures. */
    ask(family, count) {
      const share = (place) => Math.floor(count / size) + (place < count % size ? 1 : 0)
      return Promise.all(workers.map((worker, place) => tell(worker, 'ask', family, share(place))))
    },
    async close() {
      for (const worker of workers) worker.disconnect()
      await Promise.all(ends.values())
    },
  }
}

function nextMessage(worker) {
  return new Promise((resolve) => worker.once('message', resolve))
}

async function endOf(worker) {
  const [status] = await once(worker, 'exit')
  return { error: `a worker ended with ${status}` }
}
