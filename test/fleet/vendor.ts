import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TokenSet } from 'esign-auth'
import { systemClock } from '../../src/keeper/clock.ts'
import { createScriptedVendor, type Policy, type ScriptedVendor } from '../keeper/scripted-vendor.ts'

/** The scripted vendor on loopback, in real time. */
export interface FleetVendor extends Pick<ScriptedVendor, 'isAlive' | 'isCurrent'> {
  readonly url: string
  readonly policy: Policy
  /** Refresh requests that arrived, by the family of their token. */
  readonly posts: Map<string, number>
  /** Epoch milliseconds of the last answer, by family. */
  readonly answered: Map<string, number>
  /** Tokens of sign-ins that have run out ten minutes ago, by owner. */
  signIns(owners: readonly string[]): Map<string, TokenSet>
  /** Holds what comes from now on: requests before the vendor acts on them, or its answers. */
  hold(what: 'requests' | 'answers'): Held
  close(): Promise<void>
}

export interface Held {
  /** Resolves when so many are held. */
  arrived(count: number): Promise<void>
  /** Lets them go, and all that follow; or drops those that are held, so that the vendor never acts on them. */
  release(how?: 'drop'): void
}

export async function startVendor(policy: Policy = {}): Promise<FleetVendor> {
  const scripted = createScriptedVendor(systemClock, policy)
  const posts = new Map<string, number>()
  const answered = new Map<string, number>()
  const holds = { requests: createHold(), answers: createHold() }
  const server = createServer(async (req, res) => {
    const body = await text(req)
    const family = familyOf(new URLSearchParams(body).get('refresh_token'))
    posts.set(family, (posts.get(family) ?? 0) + 1)
    if ((await holds.requests.pass()) === 'drop') return void req.socket.destroy()
    const answer = await scripted.fetch('a process', `https://acme.example${req.url}`, { method: 'POST', body })
    const said = await answer.text()
    await holds.answers.pass()
    answered.set(family, performance.timeOrigin + performance.now())
    res.writeHead(answer.status, { 'content-type': 'application/json' }).end(said)
  })
  server.listen(0, '127.0.0.1', 2_000)
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a string only for pipes
    policy,
    posts,
    answered,
    isAlive: scripted.isAlive,
    isCurrent: scripted.isCurrent,
    signIns: (owners) =>
      new Map(
        owners.map((owner) => [owner, { ...scripted.signIn(), expires_at: Math.floor(Date.now() / 1000) - 600 }]),
      ),
    hold: (what) => holds[what].begin(),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** The name of a token's family: its second part. */
export function familyOf(token: string | null | undefined): string {
  return String(token).split('-')[1] ?? ''
}

function createHold() {
  let holding = false
  let held: ((how?: 'drop') => void)[] = []
  let told: { count: number; tell: () => void } | undefined
  return {
    pass: () =>
      new Promise<'drop' | undefined>((resolve) => {
        if (!holding) return resolve(undefined)
        held.push(resolve)
        if (told && held.length >= told.count) told.tell()
      }),
    begin(): Held {
      holding = true
      return {
        arrived: (count) =>
          new Promise((tell) => {
            told = { count, tell }
            if (held.length >= count) tell()
          }),
        release(how) {
          holding = false
          for (const go of held) go(how)
          held = []
          told = undefined
        },
      }
    },
  }
}
