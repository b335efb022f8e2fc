import type { SandboxRequest } from 'esign-auth/sandbox'

/**
 * A request in the vendor's dialect, a line each: method and URL on the vendor's real host, content type, authorization
 * scheme, fields in the order in which they were sent, and the status of the answer. Secrets, codes and tokens are
 * masked.
 */
export function dialectOf(request: SandboxRequest): string[] {
  const { method, host, path, query, contentType, authorization, body, status } = request
  return [
    `${method} https://${host}${path}`,
    ...(contentType ? [`Content-Type: ${contentType}`] : []),
    ...(authorization ? [`Authorization: ${authorization.scheme} ${mask}`] : []),
    ...[query, body]
      .flatMap(Object.entries<string>)
      .map(([name, value]) => `  ${name}=${shown.has(name) ? value : mask}`),
    `→ ${status}`,
  ]
}

const mask = '••••••••'

/** Fields that hold nothing worth hiding; whatever is not named here is masked. */
const shown: ReadonlySet<string> = new Set(['response_type', 'grant_type', 'client_id', 'redirect_uri'])
