import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Sandbox } from 'esign-auth/sandbox'
import { inject } from 'vitest'
import { answers, freePort, type Program, startNode } from './program.ts'
import type { Stage } from './stage.ts'

/** The Express example with its own sandbox, in a process of its own. */
export async function startExpress(): Promise<Stage> {
  const cwd = join(inject('examples'), 'authjs-express')
  await copyFile(join(import.meta.dirname, 'express-host.mjs'), join(cwd, 'host.mjs'))
  const program = startNode(['--import=tsx', 'host.mjs'], {
    cwd,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const child = program.process
  const [started] = await once(child, 'message', { signal: AbortSignal.timeout(20_000) })
  let asked = 0
  const ask = async (name: string, ...args: unknown[]): Promise<unknown> => {
    const id = ++asked
    const answer = new Promise((resolve) => {
      const hear = (message: unknown) => {
        const { id: answered, value } = message as { id: number; value: unknown }
        if (answered !== id) return
        child.off('message', hear)
        resolve(value)
      }
      child.on('message', hear)
    })
    child.send({ id, name, args })
    return answer
  }
  return {
    origin: started.url,
    basePath: '/auth',
    log: () => ask('log') as ReturnType<Stage['log']>,
    switches: async (...args) => void (await ask('switches', ...args)),
    expire: async (...args) => void (await ask('expire', ...args)),
    addUser: async (...args) => void (await ask('addUser', ...args)),
    fault: async (...args) => void (await ask('fault', ...args)),
    output: program.output,
    close: () => program.stop(),
  }
}

/** What the Next.js example's `sandbox.mjs` starts. */
interface ExampleSandbox {
  readonly sandbox: Sandbox
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** The built Next.js example, which can be killed and started again; its sandbox lives on in this process. */
export interface NextStage extends Stage {
  /** Kills the server, so that its memory is gone, and starts it again. */
  restart(): Promise<void>
}

export async function startNext(): Promise<NextStage> {
  const cwd = join(inject('examples'), 'nextjs')
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  // The example's own, as installed.
  const { startSandbox } = await import(/* @vite-ignore */ pathToFileURL(join(cwd, 'sandbox.mjs')).href)
  const { sandbox, env, close }: ExampleSandbox = await startSandbox(origin)
  const secret = randomBytes(32).toString('base64url')
  let earlier = ''
  const start = async (): Promise<Program> => {
    const next = startNode(
      ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', `${port}`],
      {
        cwd,
        env: { PATH: process.env['PATH'], NEXT_TELEMETRY_DISABLED: '1', AUTH_SECRET: secret, AUTH_URL: origin, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    await answers(origin, next)
    return next
  }
  let next = await start()
  return {
    origin,
    basePath: '/api/auth',
    log: async () => sandbox.log,
    switches: async (vendor, values) => void Object.assign(sandbox.vendors[vendor].switches, values),
    expire: async (vendor) => sandbox.vendors[vendor].expireAccessTokens(),
    addUser: async (vendor, user) => void sandbox.vendors[vendor].users.push(user),
    fault: async (vendor, place, fault) => sandbox.vendors[vendor].faults.add(place, fault),
    output: () => earlier + next.output(),
    async restart() {
      await next.stop('SIGKILL')
      earlier += next.output()
      next = await start()
    },
    async close() {
      await next.stop()
      await close()
    },
  }
}
