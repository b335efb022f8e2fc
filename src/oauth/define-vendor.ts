import type { Vendor, VendorDefinition } from './vendor.ts'

/**
 * Makes a vendor from its definition, checked.
 *
 * @throws TypeError when the definition contradicts itself; that is a programming mistake.
 */
export function defineVendor<Settings extends object = object>(
  definition: VendorDefinition<Settings>,
): Vendor<Settings> {
  const { id, name, token, pkce, identity, rotation } = definition
  const fail = (what: string): never => {
    throw new TypeError(`defineVendor(${String(id)}): ${what}`)
  }
  const among = (what: string, value: unknown, values: readonly unknown[]) => {
    if (!values.includes(value)) fail(`\`${what}\` must be one of ${values.join(', ')}`)
  }
  if (typeof id !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    fail('`id` must be lower-case letters, digits and hyphens')
  }
  if (!name) fail('`name` is missing; it is what people read in errors and buttons')
  for (const method of ['endpoints', 'api'] as const) {
    if (typeof definition[method] !== 'function') fail(`\`${method}\` must be a function of the settings`)
  }
  among('pkce', pkce, ['required', 'supported', 'unknown', 'refused'])
  among('rotation', rotation, ['never', 'sometimes', 'always', 'unknown'])
  if (identity !== 'none' && !Array.isArray(identity)) fail("`identity` must be a list of sources, or 'none'")
  if (typeof token?.fields !== 'object') fail('`token.fields` is missing: per grant the fields of its body')
  if (definition.confidence !== undefined) {
    among('confidence', definition.confidence, ['documented', 'third-party-profile', 'token-only'])
  }
  among('token.credentials', token.credentials, ['basic-raw', 'basic-form', 'body', 'public'])
  among('token.encoding', token.encoding, ['form', 'json', 'multipart'])
  for (const label of token.labels ?? []) {
    if (!/^[a-z]+\/[a-z0-9.+-]+$/.test(label))
      fail(`\`token.labels\` holds ${label}, which is no media type in lower case`)
  }
  const known = ['grant_type', 'client_id', 'redirect_uri', 'code', 'state', 'refresh_token', 'scope']
  for (const [grant, fields] of Object.entries(token.fields)) {
    among('token.fields', grant, ['authorization_code', 'refresh_token', 'client_credentials'])
    if (token.grantType !== false && !fields.includes('grant_type')) fail(`\`token.fields.${grant}\` lacks grant_type`)
    for (const field of fields) among(`token.fields.${grant}`, field, known)
  }
  const { captured, callbackNames = {}, authorize } = definition
  for (const host of captured?.hosts ?? []) {
    // `*.com` would let anybody be the vendor.
    if (!/^((\*|[a-z0-9-]+)\.)*[a-z0-9-]+\.[a-z0-9-]+$/.test(host))
      fail(`\`captured.hosts\` holds ${host}, which is no host`)
  }
  for (const meant of Object.values(callbackNames)) {
    among('callbackNames', meant, ['code', 'error', 'error_description'])
  }
  among('authorize.scopeSeparator', authorize?.scopeSeparator ?? ' ', [' ', ',', '+'])
  among('authorize.scopeAt', authorize?.scopeAt ?? 'authorization', ['authorization', 'token', 'nowhere'])
  for (const [method, given] of Object.entries({
    tokenOf: definition.tokenOf,
    revocation: definition.revocation,
    'authorize.params': authorize?.params,
  })) {
    if (given !== undefined && typeof given !== 'function') fail(`\`${method}\` must be a function of the settings`)
  }
  return deepFreeze({ ...definition })
}

/** A vendor is shared by all its clients: nobody changes it under them. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
