import { errorPage } from './consent.ts'
import { type Consent, type Received, Refusal, type Return } from './fake.ts'
import { type Asked, brand, type InsureSignState, isAtHome, wrongHost } from './insuresign-state.ts'
import { checkNames, type Refuse, readQuery } from './read.ts'

/** The authorize endpoint: docs-api-v2.insuresign.io/reference/authorization. */
export function askPerson(state: InsureSignState, request: Received): Consent {
  const { clients, switches, grants } = state
  const query = readQuery(request, refuse)
  for (const name of switches.alsoAccepts.authorize) query.delete(name)
  const optional = ['state', ...pkceNames(switches.pkce)]
  checkNames(query, ['response_type', 'client_id', 'redirect_uri'], optional, refuse)
  if (query.get('response_type') !== 'code') throw refuse('response_type must be "code"')

  const client = clients.get(query.get('client_id') ?? '')
  if (!client) throw refuse(`no client "${query.get('client_id')}" is registered`)
  if (!isAtHome(client, request.url)) throw refuse(wrongHost(client))
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!client.redirectUris.includes(redirectUri)) {
    throw refuse(`redirect_mismatch: the redirect_uri "${redirectUri}" is not registered for this client`)
  }

  if (!URL.canParse(redirectUri) || redirectUri.includes('#')) {
    throw refuse(`the redirect_uri "${redirectUri}" is not an absolute URL without fragment`)
  }

  const asked: Asked = { redirectUri, challenge: readChallenge(query) }
  return {
    app: client.name,
    redirectUri,
    asks: [
      'See your name and e-mail address',
      'See and send documents in your name',
      'Stay connected until you end it',
    ],
    decide(user) {
      const outcome: [string, string] = user
        ? ['code', grants.issueCode({ clientId: client.clientId, user, revoked: false }, asked, switches.codeLifetime)]
        : ['error', 'access_denied']
      return comeBack(state, redirectUri, outcome, query.get('state'))
    },
  }
}

/** The PKCE parameters are on no page of the vendor: they exist only with the switch on. */
function pkceNames(pkce: boolean): string[] {
  return pkce ? ['code_challenge', 'code_challenge_method'] : []
}

function readChallenge(query: ReadonlyMap<string, string>): string | undefined {
  const challenge = query.get('code_challenge')
  const method = query.get('code_challenge_method')
  if (challenge === undefined && method === undefined) return undefined
  if (method !== 'S256') throw refuse('code_challenge_method must be "S256"')
  if (!/^[\w-]{43}$/.test(challenge ?? '')) throw refuse('code_challenge is not the base64url of a SHA-256')
  return challenge
}

/** How callbacks look is not documented, beyond the code: error and state are those of RFC 6749. */
function comeBack(
  { switches }: InsureSignState,
  redirectUri: string,
  outcome: readonly [string, string],
  state: string | undefined,
): Return {
  const parameters = switches.callback === 'bare' ? [] : [outcome]
  if (state !== undefined && switches.stateEcho !== 'drop') {
    parameters.push(['state', switches.stateEcho === 'alter' ? `${state}-altered` : state])
  }
  return { method: switches.callback === 'form_post' ? 'POST' : 'GET', redirectUri, parameters }
}

const refuse: Refuse = (reason) => new Refusal(reason, errorPage(brand, 400, reason))
