/** What is wrong with `url` as a place to send secrets to, or `undefined`. */
export function urlFault(url: unknown, allowLoopbackHttp: boolean): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return 'is not an absolute URL'
  const { protocol, hostname, username, password, hash } = new URL(url)
  if (username || password) return 'holds a user name or password'
  if (hash) return 'holds a fragment'
  if (protocol === 'https:') return undefined
  if (protocol !== 'http:') return 'must be an https URL'
  if (!isLoopback(hostname)) return 'must be an https URL; http would show secrets and tokens to everyone on the way'
  return allowLoopbackHttp
    ? undefined
    : 'is plain http to this machine: set `allowLoopbackHttp: true` if that is the sandbox'
}

/** Whether a host name is this machine for certain. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
