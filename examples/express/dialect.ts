import type { SandboxRequest } from 'esign-auth/sandbox'

/**
 * A request in the vendor's dialect, a line each: method and URL on the vendor's real host, content type, authorization
 * scheme, fields in the order in which they were sent, and the status of the answer. A query or form has its fields as
 * `name=value`, JSON is JSON, and multipart is written as curl takes it. Secrets, codes and tokens are masked.
 */
export function dialectOf(request: SandboxRequest): string[] {
  const { method, host, query, contentType, authorization, body, status } = request
  const asked = hasBareKey(request) ? [] : fieldsOf(query).map((field) => field.join('='))
  return [
    `${method} https://${host}${addressOf(request)}`,
    ...(contentType ? [`Content-Type: ${contentType}`] : []),
    ...(authorization ? [`Authorization: ${authorization.scheme} ${mask}`] : []),
    ...[...asked, ...bodyLines(contentType, fieldsOf(body))].map((line) => `  ${line}`),
    `→ ${status}`,
  ]
}

/** The path, and a bare key such as `?refresh`: it holds nothing and belongs to the address. */
export function addressOf(request: SandboxRequest): string {
  return hasBareKey(request) ? request.path + new URL(request.url).search : request.path
}

function hasBareKey({ url }: SandboxRequest): boolean {
  return /^\?\w+$/.test(new URL(url).search)
}

function bodyLines(contentType: string | undefined, fields: [name: string, value: string][]): string[] {
  if (contentType === 'application/json') return JSON.stringify(Object.fromEntries(fields), null, 2).split('\n')
  const option = contentType?.startsWith('multipart/form-data') ? '--form ' : ''
  return fields.map((field) => option + field.join('='))
}

function fieldsOf(fields: Readonly<Record<string, string>>): [name: string, value: string][] {
  return Object.entries(fields).map(([name, value]) => [name, shown.has(name) ? value : mask])
}

const mask = '••••••••'

/** Fields that hold nothing worth hiding; whatever is not named here is masked. */
const shown: ReadonlySet<string> = new Set([
  ...['response_type', 'grant_type', 'scope'],
  ...['client_id', 'clientId', 'redirect_uri', 'redirectUri'],
])
