/** The other floor: `fetch` by hand, which needs no import at all. */
export default { name: 'floor: fetch by hand', file: 'fetch.mjs', create }

function create({ authorization, token, clientId, clientSecret, redirectUri }) {
  const basic = `Basic ${btoa(`${clientId}:${clientSecret}`)}`
  const post = async (fields) => {
    const headers = { authorization: basic, accept: 'application/json' }
    const response = await fetch(token, { method: 'POST', headers, body: new URLSearchParams(fields) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return response.json()
  }
  const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }
  const urlOf = (more) => `${authorization}?${new URLSearchParams({ ...query, ...more })}`
  const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))
  return {
    url: () => urlOf({ state: random() }),
    async urlWithPkce() {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(random()))
      const challenge = base64url(new Uint8Array(digest))
      return urlOf({ state: random(), code_challenge: challenge, code_challenge_method: 'S256' })
    },
    exchange: (code) => post({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
    refresh: (refreshToken) => post({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  }
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
