import type { AuthorizePage } from '../../machinery/oauth-authorize.ts'
import { brand, type EsignGlobalClient, type EsignGlobalSwitches, homeOf } from './state.ts'

const ASKS: Readonly<Record<string, string>> = {
  signature: 'Prepare and send envelopes for you',
  stamp: 'Use your stamps',
  comparisons: 'Compare your documents',
}

/** The authorize endpoint: the guide to the authorization code flow in the developer center, with its camelCase names. */
export function authorizePage({ bothSpellings }: EsignGlobalSwitches): AuthorizePage<EsignGlobalClient> {
  return {
    brand,
    clientId: 'clientId',
    redirectUri: 'redirectUri',
    required: ['response_type', 'clientId', 'redirectUri', 'scope'],
    optional: bothSpellings ? ['state', 'client_id', 'redirect_uri'] : ['state'],
    asks: (query) => scopesOf(query).map((scope) => ASKS[scope] ?? scope),
    check({ client, query, url }, refuse) {
      const { account } = homeOf(client)
      if (url.host !== account) throw refuse(`this app belongs to https://${account}`)
      for (const scope of scopesOf(query)) {
        if (!Object.hasOwn(ASKS, scope))
          throw refuse(`"${scope}" is none of the scopes ${Object.keys(ASKS).join(', ')}`)
      }
    },
  }
}

function scopesOf(query: ReadonlyMap<string, string>): string[] {
  return (query.get('scope') ?? '').split(' ')
}
