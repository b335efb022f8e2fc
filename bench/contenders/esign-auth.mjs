import { createClient, insureSign } from 'esign-auth'

/** This package, with all its checks on, speaking InsureSign's dialect to the benches' server. */
export default { name: 'esign-auth', file: 'esign-auth.mjs', ours: true, create }

// What our strategies make a state and a challenge with; it is not among the package's exports.
const inside = new URL('../node_modules/esign-auth/inside/oauth/crypto-node.js', import.meta.url)

function create({ authorization, token, userinfo, clientId, clientSecret, redirectUri }) {
  const options = { clientId, clientSecret, endpoints: { authorization, token, userinfo } }
  const client = createClient(insureSign, options)
  const withPkce = createClient(insureSign, { ...options, pkce: true })
  let strategys
  return {
    client,
    /** Loads what only the URLs need: not part of a first login's cost here, since its user brings a state. */
    async prepareUrls() {
      strategys = await import(inside)
    },
    url: () => client.authorizationUrl({ redirectUri, state: strategys.randomText() }),
    async urlWithPkce() {
      const codeChallenge = await strategys.sha256(strategys.randomText())
      return withPkce.authorizationUrl({ redirectUri, state: strategys.randomText(), codeChallenge })
    },
    urlOf: (state) => client.authorizationUrl({ redirectUri, state }),
    exchange: (code) => client.exchangeCode({ code, redirectUri }),
    refresh: (refreshToken) => client.refresh({ refresh_token: refreshToken }),
  }
}
