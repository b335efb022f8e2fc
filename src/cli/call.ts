import type { Client } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import { expiresIn, type TokenSet } from '../oauth/token-set.ts'
import { type Terminal, UsageError } from './terminal.ts'

/** What came of one call, without anything secret. */
export interface Said {
  readonly ok: boolean
  readonly exitCode: 0 | 1 | 3 | 4
  /** In words. */
  readonly said: string
  readonly code?: string | undefined
  readonly vendorStatus?: number | undefined
  /** The vendor's own error code. */
  readonly oauth?: string | undefined
  /** Where to read more. */
  readonly help?: string | undefined
}

interface Asked {
  readonly 'client-credentials': boolean
  readonly refresh?: string | undefined
  readonly spend: boolean
  readonly env: Terminal['env']
}

/** Makes the one call that was asked for, and explains the answer. */
export async function callOnce(client: Client, asked: Asked): Promise<Said> {
  try {
    if (asked['client-credentials']) {
      return {
        ok: true,
        exitCode: 0,
        said: `The vendor knows this client: ${about(await client.clientCredentials())}.`,
      }
    }
    const { tokens, old } = await refresh(client, asked)
    const changed = tokens.refresh_token !== old
    return {
      ...{ ok: true, exitCode: 0 },
      said: `The vendor knows this client and this refresh token: ${about(tokens)}; ${changed ? 'a new refresh token came and was not kept' : 'the refresh token stays as it is'}.`,
    }
  } catch (error) {
    if (!(error instanceof EsignAuthError)) throw error
    const { code, vendorStatus, oauth, help, message, sent } = error
    const exitCode = sent === 'answered' ? 3 : code === 'unsupported' ? 1 : 4
    return { ok: false, exitCode, said: message, code, vendorStatus, oauth: oauth?.error, help }
  }
}

async function refresh(client: Client, { refresh: variable = '', spend, env }: Asked) {
  const old = env[variable]
  if (!old) throw new UsageError(`--refresh names a variable of the environment, and ${variable} is not set.`)
  const { rotation, name } = client.vendor
  if (rotation !== 'never' && !spend) {
    throw new UsageError(
      `${name} may answer a refresh with a new refresh token and end the old one: its user would have to sign in again. Add --spend if that is fine.`,
    )
  }
  return { tokens: await client.refresh({ refresh_token: old }), old }
}

function about(tokens: Pick<TokenSet, 'expires_at' | 'scope'>): string {
  const seconds = expiresIn(tokens)
  const life = seconds === undefined ? 'an access token of unknown life' : `an access token for ${seconds} s`
  return tokens.scope === undefined ? life : `${life}, scope ${JSON.stringify(tokens.scope)}`
}
