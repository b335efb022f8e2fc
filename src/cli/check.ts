import { existsSync } from 'node:fs'
import { loadEnvFile } from 'node:process'
import { parseArgs } from 'node:util'
import { createClient } from '../oauth/client.ts'
import { settingsIn, variableOf } from '../oauth/environment.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { callOnce, type Said } from './call.ts'
import { oddities } from './oddities.ts'
import { callbacksOf, type Terminal, UsageError, usualCallbacks, vendorNamed } from './terminal.ts'

export const checkUsage: string = `npx esign-auth check <vendor> [options]

Reads AUTH_<VENDOR>_ID, AUTH_<VENDOR>_SECRET and the vendor's settings from the environment, says what is missing or
odd, builds the authorization URL, and tells what to register at the vendor. Nothing is sent unless you ask for it, and
no secret is ever printed.

  --env FILE             reads a file such as .env before; what the environment already says stays
  --redirect-uri URL     your callback URL. Default: ${usualCallbacks[0]}
  --scope SCOPE          what to ask for. Default: what the vendor's page asks for, if anything
  --client-credentials   makes one token request for the app itself, and explains the answer
  --refresh VARIABLE     makes one refresh with the refresh token in that variable, and explains the answer
  --spend                lets --refresh use the token up, at a vendor that may give a new one each time. The new one is
                         not kept: its user has to sign in again
  --json                 one line of JSON in place of the text

Exit codes: 0 fine, 1 something is missing or wrong, 2 wrong usage, 3 the vendor refused, 4 no answer from the vendor.
`

/** What `check` found. */
interface Report {
  readonly vendor: string
  readonly name: string
  /** Whether ESIGN_SANDBOX puts the sandbox in the vendor's place. */
  readonly sandbox: boolean
  /** What must be put right. */
  readonly problems: readonly string[]
  /** What may be meant so. */
  readonly warnings: readonly string[]
  readonly register: { readonly callbackUrl: string; readonly scope: string | undefined }
  readonly authorizationUrl?: string | undefined
  readonly api?: readonly string[] | undefined
  /** This package's page of the vendor, which names the vendor's own pages. */
  readonly docs: string
  readonly call?: Said | undefined
}

/** `esign-auth check` */
export async function check(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      env: { type: 'string' },
      'redirect-uri': { type: 'string', default: usualCallbacks[0] ?? '' },
      scope: { type: 'string' },
      'client-credentials': { type: 'boolean', default: false },
      refresh: { type: 'string' },
      spend: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [id, ...more] = positionals
  if (id === undefined || more.length > 0) throw new UsageError('Name one vendor: npx esign-auth check <vendor>.')
  const vendor = vendorNamed(id)
  if (values.refresh !== undefined && values['client-credentials']) {
    throw new UsageError('One call at a time: --refresh or --client-credentials.')
  }
  const file = values.env
  if (file !== undefined) {
    if (!existsSync(file)) throw new UsageError(`There is no file ${file} (--env).`)
    loadEnvFile(file)
  }
  const [callbackUrl = ''] = callbacksOf(vendor, [values['redirect-uri']])
  const { problems, warnings } = oddities(vendor, terminal.env)
  const place = sandboxOf(vendor, terminal.env)
  const base = {
    ...{ vendor: id, name: vendor.name, sandbox: place !== undefined },
    ...{
      register: { callbackUrl, scope: values.scope ?? vendor.authorize?.scope },
      docs: `esign-auth/docs/vendors/${id}.md`,
    },
  }
  let report: Report = { ...base, problems, warnings }
  if (problems.length === 0) {
    try {
      const client = clientFrom(vendor, terminal.env, place, values.scope)
      const state = 'one-for-each-sign-in'
      const codeChallenge = client.pkce ? 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' : undefined
      const authorizationUrl = client.authorizationUrl({ redirectUri: callbackUrl, state, codeChallenge })
      const call =
        values.refresh !== undefined || values['client-credentials']
          ? await callOnce(client, { ...values, env: terminal.env })
          : undefined
      report = { ...report, authorizationUrl, api: client.api, call }
    } catch (error) {
      if (error instanceof UsageError) throw error
      // A mistake in an option, in the words of the environment.
      report = { ...report, problems: [error instanceof Error ? error.message : String(error)] }
    }
  }
  terminal.out(values.json ? `${JSON.stringify(report)}\n` : textOf(report))
  return report.problems.length > 0 ? 1 : (report.call?.exitCode ?? 0)
}

function clientFrom(
  vendor: Vendor,
  env: Terminal['env'],
  place: object | undefined,
  scope: string | undefined,
): ReturnType<typeof createClient> {
  const read = (variable: string) => env[variable] || undefined
  const names = ['clientId', 'clientSecret', ...Object.keys({ ...vendor.settings })]
  const spelling = Object.fromEntries(names.map((name) => [name, variableOf(vendor.id, name.replace(/^client/, ''))]))
  const credentials = { clientId: read(spelling['clientId'] ?? ''), clientSecret: read(spelling['clientSecret'] ?? '') }
  const isPublic = vendor.publicClients && credentials.clientSecret === undefined
  return createClient(
    vendor,
    {
      // createClient says in these variables' names what is missing.
      ...(credentials as { clientId: string; clientSecret: string }),
      ...(isPublic ? { clientAuthentication: 'public' as const } : {}),
      ...{ scope, ...settingsIn(vendor, vendor.id, read), ...place },
    },
    spelling,
  )
}

/** The sandbox's addresses, as `esign-auth sandbox` prints them. */
function sandboxOf({ id }: Vendor, env: Terminal['env']): object | undefined {
  try {
    return JSON.parse(env['ESIGN_SANDBOX'] || '{}')[id]
  } catch {
    throw new UsageError('ESIGN_SANDBOX is not the JSON that `npx esign-auth sandbox` prints. Was it cut off?')
  }
}

function textOf({ name, sandbox, problems, warnings, register, authorizationUrl, api, docs, call }: Report): string {
  const lines = [
    `${name}${sandbox ? ', at the sandbox (ESIGN_SANDBOX)' : ''}`,
    ...problems.map((each) => `✗ ${each}`),
    ...warnings.map((each) => `! ${each}`),
    ...(problems.length === 0 ? ['✓ id, secret and settings are there'] : []),
    '',
    'Register at the vendor:',
    `  callback URL  ${register.callbackUrl}   to the letter; --redirect-uri checks another`,
    ...(register.scope === undefined ? [] : [`  scope         ${register.scope}`]),
    ...(authorizationUrl === undefined ? [] : ['', 'A sign-in begins at:', `  ${authorizationUrl}`]),
    ...(api?.length ? ['', `The access token is sent to nobody but: ${api.join(', ')}`] : []),
    ...['', `More about it, and the vendor's own pages: ${docs}`],
    ...(call ? ['', `${call.exitCode === 0 ? '✓' : '✗'} ${call.said}`] : []),
    ...(call?.help ? [`  More: ${call.help}`] : []),
  ]
  return `${lines.join('\n')}\n`
}
