import type { Endpoints, SettingRule, Vendor } from 'esign-auth'
import * as authjs from 'esign-auth/authjs'
import * as strategies from 'esign-auth/passport'
import { variableOf } from '../src/oauth/environment.ts'
import { endless } from '../src/oauth/vendor.ts'
import { settingComments, sourcesOf } from './sources.ts'

/** The parts of a vendor's page that its definition tells, each a piece of Markdown. */
export function partsOf(vendor: Vendor): Readonly<Record<string, string>> {
  return {
    names: namesOf(vendor),
    settings: settingsTable(vendor),
    addresses: addresses(vendor),
    requests: requests(vendor),
    lifetimes: lifetimes(vendor),
    identity: identity(vendor),
    sources: sourcesOf(vendor.id)
      .map(({ url, about }) => `- <${url}>${about && `: ${about}`}`)
      .join('\n'),
  }
}

/** A page with the parts between its markers written anew. */
export function renew(page: string, vendor: Vendor): string {
  const parts = partsOf(vendor)
  return page.replace(/(<!-- from the definition: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, open, name, close) => {
    if (parts[name] === undefined) throw new TypeError(`docs/vendors/${vendor.id}.md: no part is called ${name}`)
    return `${open}\n${parts[name]}\n\n${close}`
  })
}

/** What README and pages call a vendor's confidence. */
export const confidences = {
  documented: 'documented end to end',
  'third-party-profile': 'profile from third parties',
  'token-only': 'token only',
} as const

/** The names of a vendor's strategy class and provider, by looking at what they make. */
export function exportsOf(vendor: Vendor): { readonly strategy: string; readonly provider: string } {
  const isOurs = (made: () => unknown) => {
    try {
      return made() === vendor.id
    } catch {
      return false
    }
  }
  const nameIn = (module: object, idOf: (exported: never) => unknown) =>
    Object.entries(module).find(([, exported]) => isOurs(() => idOf(exported as never)))?.[0] ?? ''
  const options = { clientID: 'a', clientSecret: 'b', callbackURL: 'https://app.example/', ...combinations(vendor)[0] }
  return {
    strategy: nameIn(strategies, (Strategy: new (...given: unknown[]) => { name: string }) =>
      Strategy.prototype instanceof strategies.EsignStrategy ? new Strategy(options, () => {}).name : undefined,
    ),
    provider: nameIn(authjs, (factory: (given: object) => { id: string }) => factory({}).id),
  }
}

type Settings = Readonly<Record<string, string | boolean>>

function namesOf(vendor: Vendor): string {
  const { strategy, provider } = exportsOf(vendor)
  const variables = ['id', 'secret', ...Object.keys(vendor.settings ?? {})]
  return table(
    ['', ''],
    [
      ['Passport', `${code(strategy)}, by the name ${code(vendor.id)}`],
      ['Auth.js', `${code(provider)}, by the id ${code(vendor.id)}`],
      ['Auth.js reads', variables.map((name) => code(variableOf(vendor.id, name))).join(', ')],
      ['how sure', vendor.confidence === undefined ? 'not said' : confidences[vendor.confidence]],
    ],
  )
}

function settingsTable(vendor: Vendor): string {
  const comments = settingComments(vendor.id)
  const rows = rulesOf(vendor).map(([name, { values, example, requiredUnless }]) => {
    const given =
      typeof values === 'string'
        ? `${values === 'label' ? 'a label of a host name' : 'text'}${example === undefined ? '' : `, such as ${code(example)}`}`
        : values.map((value) => code(literal(value))).join(', ')
    const usual = defaultOf(vendor, name)
    const need = requiredUnless === undefined ? (usual ?? 'none') : `none: required, unless ${code(requiredUnless)}`
    return [code(name), given, need, comments[name] ?? '']
  })
  return rows.length === 0 ? 'None.' : table(['setting', 'values', 'default', 'what it is'], rows)
}

/** The value that changes nothing. */
function defaultOf(vendor: Vendor, name: string): string | undefined {
  const [first = {}] = combinations(vendor)
  const values = rulesOf(vendor).find(([each]) => each === name)?.[1].values ?? []
  const same =
    typeof values === 'string'
      ? []
      : values.filter((value) => effect(vendor, { ...first, [name]: value }) === effect(vendor, first))
  return same.length === 0 ? undefined : code(literal(same[0] ?? ''))
}

function effect(vendor: Vendor, settings: Settings): string {
  const parts = [vendor.authorize?.params?.(settings), vendor.tokenOf?.(settings), vendor.revocation?.(settings)]
  return JSON.stringify([vendor.endpoints(settings), vendor.api(settings), ...parts])
}

/** Hosts and paths, for every combination of settings that leads elsewhere. */
function addresses(vendor: Vendor): string {
  const { captured } = vendor
  const placeholder = captured && captured.inCallback !== false ? `{${captured.parameter}}` : undefined
  const seen = new Set<string>()
  const rows: string[][] = []
  for (const settings of combinations(vendor)) {
    const found = vendor.endpoints(settings, placeholder)
    const listed = rowsOf(found).map(([what, url]) => `${what} ${code(url)}`)
    const api = captured ? '' : vendor.api(settings).map(code).join(' ')
    const cells = [...listed, ...(captured ? [] : [`API ${api || 'not known: the option `api`'}`])]
    const key = cells.join()
    if (seen.has(key)) continue
    seen.add(key)
    rows.push([settingsText(vendor, settings), cells.join('<br>')])
  }
  return [table(['settings', 'addresses'], rows), ...capturedHosts(vendor)].join('\n\n')
}

function rowsOf({ authorization, token, refresh, revocation, userinfo }: Endpoints): [string, string][] {
  const all = { authorization, token, refresh, userinfo, revocation }
  return Object.entries(all).filter((row): row is [string, string] => row[1] !== undefined)
}

function capturedHosts(vendor: Vendor): string[] {
  const { captured, token, identity } = vendor
  if (!captured) return []
  const { parameter, hosts, required, requiredUnless, codes } = captured
  const kept = identity !== 'none' && identity.some(({ keep }) => keep && parameter in keep)
  const places = [
    ...(captured.inCallback === false ? [] : ['the callback']),
    ...(token.keep?.includes(parameter) ? ['the token answer'] : []),
    ...(kept ? ['the userinfo answer'] : []),
  ]
  const named = codes ? `, or by a code in ${code(codes.parameter)}` : ''
  const without = required
    ? ` A callback without it is refused${requiredUnless === undefined ? '' : `, but with ${code(requiredUnless)}`}.`
    : ''
  const usable = hosts.map((host) => [
    ...(codes
      ? [
          Object.keys(codes.hosts)
            .filter((each) => codes.hosts[each] === host)
            .map(code)
            .join(' '),
        ]
      : []),
    code(`https://${host}`),
    vendor.api({}, `https://${host}`).map(code).join(' ') || 'not known: the option `api`',
  ])
  return [
    `${code(parameter)} is named by ${places.join(' and ')}${named}, and may be one of these hosts${hosts.some((host) => host.includes('*')) ? `, where ${code('*')} is any one label` : ''}.${without}`,
    table([...(codes ? [code(codes.parameter)] : []), code(parameter), 'API'], usable),
  ]
}

/** The requests as they are written. */
function requests(vendor: Vendor): string {
  const { token, authorize = {}, pkce, callbackNames = {}, apiScheme = 'Bearer' } = vendor
  const [first = {}] = combinations(vendor)
  const { names = {}, omit = [] } = authorize
  const url = ['response_type', names.client_id ?? 'client_id', names.redirect_uri ?? 'redirect_uri', 'state']
  const ways = {
    'basic-raw': '`Authorization: Basic`, id and secret as they are',
    'basic-form': '`Authorization: Basic`, id and secret form-encoded first',
    body: '`client_id` and `client_secret` in the body',
    public: '`client_id` in the body, no secret',
  }
  const noScope = authorize.scopeAt === 'nowhere' ? 'the vendor knows none' : 'none is sent'
  const scope = authorize.scope === undefined ? noScope : code(authorize.scope)
  const params = authorize.params?.(first) ?? {}
  const rows = [
    [
      'authorization URL',
      [...url.filter((name) => !omit.some((each) => each === name)), ...Object.keys(params)].map(code).join(', '),
    ],
    ['scope, where you give none', `${scope}${authorize.scopeAt === 'token' ? ', with the token request' : ''}`],
    ...(authorize.scopeAt === 'nowhere'
      ? []
      : [['several scopes are joined by', separators[authorize.scopeSeparator ?? ' ']]]),
    ['PKCE', pkceText[pkce]],
    [
      'client authentication',
      `${ways[token.credentials]}${vendor.publicClients ? '; a public app: no secret, with PKCE' : ''}`,
    ],
    ['encoding of token requests', encodings(vendor)],
    ...Object.entries(token.fields).map(([grant, fields]) => [`fields of ${code(grant)}`, fields.map(code).join(', ')]),
    ...(token.grantType === false ? [['the grant', 'is not named']] : []),
    ...(token.envelope === undefined ? [] : [['the answer may stand in', code(token.envelope)]]),
    ...(token.expiry ? [['the end of an access token', expiryText(token.expiry)]] : []),
    ...(token.untyped ? [['`token_type`', 'may be missing']] : []),
    ...(token.keep ? [['kept with the tokens', token.keep.map(code).join(', ')]] : []),
    ...Object.entries(callbackNames).map(([name, meant]) => [
      `${code(name)} in the callback`,
      `is read as ${code(meant)}`,
    ]),
    ...(apiScheme === 'Bearer' ? [] : [['API calls', `${code(`Authorization: ${apiScheme} …`)}`]]),
    ['revocation', revocationText(vendor)],
  ]
  return table(['', ''], rows)
}

const separators = { ' ': 'a space', ',': 'a comma', '+': 'a plus, written as it is' }

const pkceText = {
  required: 'always, S256; the vendor demands it',
  supported: 'always, S256',
  unknown: 'off; `pkce: true` sends it',
  refused: 'never',
} as const

function encodings(vendor: Vendor): string {
  const others = combinations(vendor).flatMap((settings) => {
    const { encoding } = vendor.tokenOf?.(settings) ?? {}
    return encoding === undefined ? [] : [`${encoding} with ${settingsText(vendor, settings)}`]
  })
  return [vendor.token.encoding, ...others].join('; ')
}

function expiryText({
  at = [],
  in: seconds = [],
}: {
  readonly at?: readonly string[]
  readonly in?: readonly string[]
}): string {
  return [
    ...at.map((name) => `${code(name)}, a moment in epoch seconds`),
    ...seconds.map((name) => `${code(name)}, in seconds`),
  ].join('; else ')
}

function revocationText(vendor: Vendor): string {
  const texts = combinations(vendor).map((settings) => {
    const { method = 'POST', place = 'form', credentials, token } = vendor.revocation?.(settings) ?? {}
    const which = token === 'access_token' ? 'the access token' : 'the refresh token'
    const proof = place === 'bearer' || credentials === 'none' ? 'no client authentication' : 'client authentication'
    const where = { form: 'in a form', json: 'in JSON', query: 'in the query', bearer: 'as `Authorization: Bearer`' }
    const known = vendor.endpoints(settings).revocation !== undefined
    if (!known && !vendor.revocation) return 'no address is published; `endpoints.revocation` takes one'
    return `${method}, ${which} ${where[place]}, ${proof}${known ? '' : '; not documented, so only with your own `endpoints.revocation`'}`
  })
  return [...new Set(texts)].join('; or ')
}

function lifetimes(vendor: Vendor): string {
  const { codeLifetime, accessLifetime, idleLifetime, graceMs = 0, rotation } = vendor
  const rotations = {
    never: 'brings no new refresh token; the first one stays',
    sometimes: 'may bring a new refresh token',
    always: 'brings a new refresh token; the old one counts as spent',
    unknown: 'may spend the refresh token: not told',
  }
  const refreshes = vendor.token.fields.refresh_token !== undefined
  return table(
    ['', ''],
    [
      ['a code', codeLifetime === undefined ? 'not told' : `lives ${duration(codeLifetime)}`],
      [
        'an access token, where its answer does not say',
        accessLifetime === undefined ? 'not told' : duration(accessLifetime),
      ],
      [
        'an unused refresh token',
        refreshes
          ? idleLifetime === undefined
            ? 'not told'
            : `counts as dead after ${duration(idleLifetime)}`
          : 'there is none',
      ],
      ['a refresh', refreshes ? rotations[rotation] : 'there is none'],
      [
        'the spent refresh token',
        graceMs === 0 ? 'no grace is reckoned with' : `works for another ${duration(graceMs / 1000)}`,
      ],
    ],
  )
}

function duration(seconds: number): string {
  if (seconds >= endless) return 'it does not run out'
  if (seconds >= 2 * 86_400 && seconds % 86_400 === 0) return `${seconds / 86_400} days`
  if (seconds >= 3600 && seconds % 3600 === 0) return seconds === 3600 ? 'an hour' : `${seconds / 3600} hours`
  if (seconds >= 120 && seconds % 60 === 0) return `${seconds / 60} minutes`
  return `${seconds} seconds`
}

function identity({ identity, endpoints: _, ...vendor }: Vendor): string {
  if (identity === 'none')
    return 'The vendor tells nothing of users. Connect accounts with `passport.authorize`, or give `profile`.'
  const places = {
    userinfo: 'userinfo',
    id_token: 'claims of the id_token',
    access_token: 'claims of an access token that is a JWT',
  }
  const paths = (names: readonly (string | readonly string[])[] = []) =>
    names.map((name) => (typeof name === 'string' ? code(name) : name.map(code).join(' + '))).join(', else ') || 'none'
  const rows = identity.map(({ from, id, email, name }) => [
    from === 'userinfo' && vendor.confidence === 'token-only'
      ? 'userinfo, if you give `endpoints.userinfo`'
      : places[from],
    paths(id),
    paths(email),
    paths(name),
  ])
  return table(['where', 'id', 'e-mail', 'name'], rows)
}

function rulesOf(vendor: Vendor): [string, SettingRule][] {
  return Object.entries({ ...vendor.settings })
}

/** Every combination of settings that a vendor takes, the usual one first. */
function combinations(vendor: Vendor): Settings[] {
  return rulesOf(vendor).reduce<Settings[]>(
    (all, [name, { values, example, requiredUnless }]) => {
      const options = typeof values === 'string' ? (example === undefined ? [] : [example]) : values
      const given = all.flatMap((each) => options.map((value) => ({ ...each, [name]: value })))
      return requiredUnless === undefined ? all.concat(given) : given
    },
    [{}],
  )
}

/** The settings that matter: one that another makes needless is left out. */
function settingsText(vendor: Vendor, settings: Settings): string {
  const needless = rulesOf(vendor).flatMap(([name, { requiredUnless = '' }]) => (settings[requiredUnless] ? name : []))
  const told = Object.entries(settings).filter(([name]) => !needless.includes(name))
  return told.map(([name, value]) => code(`${name}: ${literal(value)}`)).join(', ') || 'none'
}

function literal(value: string | boolean): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function code(text: string): string {
  return `\`${text}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
