import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Ask, Message, Moment, Outcome, Reply, Settings, Usage } from './protocol.ts'

/** A process with a keeper. */
export interface Instance {
  ask(ask: Ask): Promise<unknown>
  open(settings: Settings): Promise<void>
  /** So many calls for each owner at once. */
  access(owners: readonly string[], times?: number, more?: { notGeneration?: number; at?: number }): Promise<Outcome[]>
  usage(): Promise<Usage>
  /** Resolves when the process has said that its grants are at that moment. The signal follows at once. */
  reached(moment: Moment): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Resolves when the process is no more. */
  readonly ended: Promise<unknown>
  kill(): Promise<void>
}

/** Processes that end with the test, whatever becomes of it. */
export interface Instances {
  /** One more; some are kept warm, since starting takes a second or more. Without settings it is to be opened. */
  start(settings?: Settings): Promise<Instance>
  stop(): Promise<void>
}

export function createInstances(warm = 1): Instances {
  const all: Instance[] = []
  const spare: Promise<Instance>[] = []
  const more = () => {
    const instance = spawnInstance()
    instance.catch(() => {})
    spare.push(instance)
  }
  return {
    async start(settings) {
      // Not before they are asked for: where the tests are left out, nobody would end them.
      while (spare.length <= warm) more()
      const instance = await (spare.shift() as Promise<Instance>) // there is one
      all.push(instance)
      if (settings) await instance.open(settings)
      return instance
    },
    async stop() {
      const left = await Promise.allSettled(spare)
      for (const each of left) if (each.status === 'fulfilled') all.push(each.value)
      await Promise.all(all.map((instance) => instance.kill()))
    },
  }
}

async function spawnInstance(): Promise<Instance> {
  const program = fileURLToPath(new URL('./instance.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=esign-auth:source', '--import=tsx', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const instance = instanceOf(child)
  await once(child, 'spawn')
  return instance
}

function instanceOf(child: ChildProcess): Instance {
  const asked = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const moments = new Map<Moment, () => void>()
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let ids = 0
  child.on('message', (message) => {
    if (typeof message === 'object' && 'reached' in message) return moments.get(message['reached'] as Moment)?.()
    const reply = message as Reply
    const waiting = asked.get(reply.id)
    asked.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(`In an instance: ${reply.error}`))
    else waiting?.resolve(reply.value)
  })
  child.on('error', () => {})
  void ended.then(() => {
    for (const { reject } of asked.values()) reject(new Error('the instance has ended'))
  })
  const ask = (ask: Ask) =>
    new Promise<unknown>((resolve, reject) => {
      const message: Message = { id: ++ids, ask }
      asked.set(message.id, { resolve, reject })
      child.send(message, (error) => error && reject(error))
    })
  return {
    ask,
    open: async (settings) => void (await ask({ do: 'open', settings })),
    access: (owners, times = 1, more = {}) => ask({ do: 'access', owners, times, ...more }) as Promise<Outcome[]>,
    usage: () => ask({ do: 'usage' }) as Promise<Usage>,
    reached: (moment) => new Promise((resolve) => moments.set(moment, resolve)),
    signal: (name) => void child.kill(name),
    ended,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}
