import type { ServerResponse } from 'node:http'
import { createTokenKeeper } from '../keeper/keeper.ts'
import { type EsignOptions, esignConfig, guardConfig, runtimeOf } from './config.ts'
import { type NodeHandler, type NodeRequest, orNext, throughNode } from './node-host.ts'
import { createRuntime, type Runtime } from './runtime.ts'
import { throughWeb, type WebHandler } from './web-host.ts'

/** A handler of any host; what it takes and gives is the host's affair. */
type AnyFunction = (...args: unknown[]) => unknown

/**
 * Auth.js with e-signature vendors: `withEsign(NextAuth, { providers: [InsureSign, DropboxSign] })`, and the same with
 * `ExpressAuth` or any host of their shape. What the host returns keeps its type.
 *
 * Each vendor gets its own authorization URL and token request; pending logins are kept one per tab, used once; tokens go
 * to a keeper, which refreshes them once for everybody who asks; `session.esign` says where they are; a sign-in that fails
 * ends on the sign-in page, with a `code` that says why.
 */
export function withEsign<Config, Result>(
  host: (config: Config) => Result,
  config: NoInfer<Config>,
  options: EsignOptions = {},
): Result {
  const given: unknown = config
  if (typeof given !== 'function') {
    const ready = esignConfig(given as object, options)
    const runtime = runtimeOf(ready) as Runtime
    return guardResult(host(ready as Config), runtime, async () => runtime)
  }
  // NextAuth((request) => config): made anew for each request. Providers are its own, which may be those of one tenant.
  const shared = createRuntime(options.keeper ?? createTokenKeeper())
  const ready = async (request: unknown) =>
    guardConfig((await given(request)) as object, { ...shared, providers: new Map() })
  return guardResult(host(ready as Config), shared, async (request) => runtimeOf(await ready(request)) as Runtime)
}

/** What a host returned, with every entry that a sign-in takes guarded. */
function guardResult<Result>(
  result: Result,
  shared: Runtime,
  runtimeFor: (request: unknown) => Promise<Runtime>,
): Result {
  const guardHandler =
    (handler: AnyFunction) =>
    async (request: unknown, ...more: unknown[]) => {
      const [response, next] = more as [ServerResponse | undefined, AnyFunction | undefined]
      if (typeof response?.writeHead !== 'function') {
        return throughWeb(await runtimeFor(request), handler as WebHandler)(request as Request, ...more)
      }
      return orNext(response, next, shared.report, async () =>
        throughNode(await runtimeFor(request), handler as NodeHandler)(request as NodeRequest, response, next),
      )
    }
  if (typeof result === 'function') return guardHandler(result as unknown as AnyFunction) as Result
  shared.wholeSessions = true
  const { handlers, signIn, ...more } = result as { handlers?: Record<string, AnyFunction>; signIn?: AnyFunction }
  return {
    ...more,
    ...(handlers && {
      handlers: Object.fromEntries(Object.entries(handlers).map(([method, each]) => [method, guardHandler(each)])),
    }),
    ...(signIn && {
      // A server action goes past the handlers.
      signIn: async (id: unknown, ...rest: unknown[]) => {
        const { providers, context } = await runtimeFor(undefined)
        const provider = providers.get(String(id))
        const go = () => signIn(id, ...rest)
        return provider ? context.run({ kind: 'start', provider, cookies: undefined }, go) : go()
      },
    }),
  } as Result
}
