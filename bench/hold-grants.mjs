/** A fresh process that keeps so many grants and prints the bytes each of them takes. Started by sections/memory.mjs. */
const [holder, count] = [process.argv[2], Number(process.argv[3])]
const keep = await { map, keeper, 'simple-oauth2': simpleOauth2, badgateway }[holder]()
// Whatever is made once is made by now.
for (let i = 0; i < 20; i++) await keep(`warm-${i}`)
const before = await used()
for (let i = 0; i < count; i++) await keep(`user-${i}`)
const bytes = Math.round(((await used()) - before) / count)
// Asked once more, so that nothing kept is garbage before it was weighed.
await keep('the last')
console.log(bytes)
process.exit()

async function used() {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function tokensOf(user) {
  const text = (kind) => `${kind}-${user}-`.padEnd(40, 'x')
  return {
    access_token: text('access'),
    refresh_token: text('refresh'),
    expires_at: Math.floor(Date.now() / 1000) + 3600,
  }
}

function map() {
  const kept = new Map()
  return (user) => kept.set(user, tokensOf(user))
}

async function keeper() {
  const { createClient, insureSign } = await import('esign-auth')
  const { createTokenKeeper, memoryStore } = await import('esign-auth/keeper')
  const client = createClient(insureSign, { clientId: 'bench', clientSecret: 'a-secret-of-usual-length' })
  const kept = createTokenKeeper({ store: memoryStore({ maxRecords: 200_000 }), clients: [client] })
  return (user) => kept.adopt(tokensOf(user), { vendor: 'insuresign', owner: user })
}

async function simpleOauth2() {
  const { AuthorizationCode } = await import('simple-oauth2')
  const client = new AuthorizationCode({
    client: { id: 'bench', secret: 'a-secret' },
    auth: { tokenHost: 'https://127.0.0.1' },
  })
  const kept = new Map()
  return (user) => kept.set(user, client.createToken(tokensOf(user)))
}

async function badgateway() {
  const { OAuth2Client, OAuth2Fetch } = await import('@badgateway/oauth2-client')
  const client = new OAuth2Client({ clientId: 'bench', clientSecret: 'a', tokenEndpoint: 'https://127.0.0.1/token' })
  const kept = new Map()
  return async (user) => {
    const { access_token: accessToken, refresh_token: refreshToken, expires_at } = tokensOf(user)
    const tokens = { accessToken, refreshToken, expiresAt: expires_at * 1000 }
    const one = new OAuth2Fetch({
      client,
      getNewToken: () => null,
      getStoredToken: () => tokens,
      scheduleRefresh: false,
    })
    await one.getAccessToken()
    kept.set(user, one)
  }
}
