import { parseArgs } from 'node:util'
import { variableOf } from '../oauth/environment.ts'
import type { SettingRule, Vendor } from '../oauth/vendor.ts'
import { createSandbox, type FakeClient, type ListeningSandbox, type Sandbox } from '../sandbox/index.ts'
import { vendors } from '../vendors/index.ts'
import { addFaults, applySettings, type Settings } from './switches.ts'
import { callbacksOf, type Terminal, UsageError, usualCallbacks, vendorNamed } from './terminal.ts'

export const sandboxUsage: string = `npx esign-auth sandbox [vendor …] [options]

Starts strict fakes of the vendors (default: all) on 127.0.0.1, each with a consent page to click through, and prints
the environment that your app needs to find them. Ctrl+C ends it, with code 0.

  --redirect-uri URL        a callback URL of your app, to the letter; may be repeated, {vendor} stands for the id.
                            Default: ${usualCallbacks.join('\n                            ')}
  --port NUMBER             the first port; each vendor host has a fixed one above it, so that what you pasted stays good.
                            Default 4400; 0 takes free ports
  --set VENDOR.NAME=VALUE   a switch of the fake, or a setting of its client, such as a region; may be repeated
  --rotation                every refresh spends the refresh token, and using a spent one ends the login
  --latency MS              every answer takes that long
  --fault VENDOR.PLACE=WHAT what goes wrong next; may be repeated. PLACE: authorize, token, api. WHAT: hang, cut, html,
                            truncated, cut-body, drip or a status such as 503; "503x3" for three requests in a row
  --json                    one line of JSON in place of the text: { env, vendors, urls }, for any language's test suite

Vendors: ${vendors.map(({ id }) => id).join(', ')}
`

type VendorId = keyof Sandbox['vendors']

/** `esign-auth sandbox` */
export async function sandbox(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'redirect-uri': { type: 'string', multiple: true, default: [...usualCallbacks] },
      port: { type: 'string', default: '4400' },
      set: { type: 'string', multiple: true, default: [] },
      rotation: { type: 'boolean', default: false },
      latency: { type: 'string', default: '0' },
      fault: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  })
  const chosen = positionals.length === 0 ? vendors : positionals.map(vendorNamed)
  const fakes = createSandbox()
  const settings = applySettings(fakes, chosen, values)
  addFaults(fakes, chosen, { faults: values.fault, latency: whole('--latency', values.latency, 600_000) })
  const clients = chosen.map((vendor) => {
    const client = registered(fakes, vendor, settings.get(vendor.id) ?? {})
    client.redirectUris.push(...callbacksOf(vendor, values['redirect-uri']))
    return client
  })
  // Listened for before anything is printed: a program that waits for the print may end this one at once.
  const ended = terminal.ended()
  const port = whole('--port', values.port, 65_000)
  const listening = await fakes.listen({ vendors: chosen.map(idOf), port }).catch(portInUse)
  const found = describe(chosen, clients, listening, settings)
  terminal.out(values.json ? `${JSON.stringify(found)}\n` : textOf(found, chosen))
  // Not among what `> .env` writes.
  if (!values.json) terminal.err('The sandbox is ready. Ctrl+C ends it.\n')
  await ended
  await listening.close()
  return 0
}

/** What somebody needs to find the fakes. */
interface Found {
  /** To paste into the environment of an app. */
  readonly env: Readonly<Record<string, string>>
  readonly vendors: Readonly<Record<string, { readonly client: FakeClient; readonly options: object }>>
  /** The base URL that stands for each vendor host. */
  readonly urls: Readonly<Record<string, string>>
}

function describe(
  chosen: readonly Vendor[],
  clients: readonly FakeClient[],
  listening: ListeningSandbox,
  settings: ReadonlyMap<string, Settings>,
): Found {
  const options = Object.fromEntries(
    chosen.map((vendor, index) => {
      const own = settings.get(vendor.id)
      // Each vendor's own settings were checked against its rules.
      const address = listening.options(idOf(vendor), own as never) as object
      return [vendor.id, { ...demanded(vendor, clients[index], own), ...address }] as const
    }),
  )
  const credentials = chosen.flatMap(({ id }, index) => [
    [variableOf(id, 'id'), clients[index]?.clientId ?? ''],
    [variableOf(id, 'secret'), clients[index]?.clientSecret ?? ''],
  ])
  return {
    env: { ...Object.fromEntries(credentials), ESIGN_SANDBOX: JSON.stringify(options) },
    vendors: Object.fromEntries(
      chosen.map(({ id }, index) => [id, { client: clients[index] as FakeClient, options: options[id] as object }]),
    ),
    urls: listening.urls,
  }
}

function textOf({ env, vendors: found }: Found, chosen: readonly Vendor[]): string {
  const [first] = chosen
  return `# Fakes on this machine: no real account is involved, and nothing here is secret.
# For your app's environment: paste it, or let \`> .env\` write it.
${Object.entries(env)
  .map(([name, value]) => `${name}='${value}'`)
  .join('\n')}

# In your code, spread the vendor's part into the options of strategy, provider or client:
#   JSON.parse(process.env.ESIGN_SANDBOX ?? '{}')[${JSON.stringify(first?.id)}]
# Callback URLs that are registered; --redirect-uri replaces them:
${[...new Set(Object.values(found).flatMap(({ client }) => client.redirectUris))].map((uri) => `#   ${uri}\n`).join('')}`
}

/** The client that the app plays: the fake's first, or one of other settings. */
function registered(fakes: Sandbox, vendor: Vendor, settings: Settings): FakeClient {
  // The fakes differ in what else their clients know; these are the settings that their descriptors name.
  const fake = fakes.vendors[idOf(vendor)] as { client: FakeClient; register(client: object): FakeClient }
  const values = Object.values(settings).map(String)
  if (values.length === 0) return fake.client
  const { clientId, clientSecret } = fake.client
  return fake.register({ ...settings, clientId: `${clientId}0${values.join('0')}`, clientSecret, redirectUris: [] })
}

/** Settings that the vendor demands and nobody gave, as the fake's client has them. */
function demanded(vendor: Vendor, client: object | undefined, given: Settings = {}): object {
  const rules: Readonly<Record<string, SettingRule>> = { ...vendor.settings }
  const has: Readonly<Record<string, unknown>> = { ...client }
  return Object.fromEntries(
    Object.entries(rules).flatMap(([name, { requiredUnless }]) =>
      requiredUnless !== undefined && !given[requiredUnless] && has[name] !== undefined ? [[name, has[name]]] : [],
    ),
  )
}

function idOf({ id }: Vendor): VendorId {
  return id as VendorId // a test holds vendors and fakes together
}

function whole(option: string, text: string, most: number): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= most) return Number(text)
  throw new UsageError(`${option} must be a whole number, at most ${most}.`)
}

function portInUse(error: unknown): never {
  const { code, port } = error as { code?: unknown; port?: unknown }
  if (code !== 'EADDRINUSE') throw error
  throw new UsageError(`Port ${port} is in use, perhaps by another sandbox. Choose others with --port, or --port 0.`)
}
