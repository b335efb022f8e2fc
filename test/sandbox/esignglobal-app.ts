import { type Begun, begin, type Changes, present, readJson } from './app.ts'

/** A small honest app at the fake eSignGlobal: every request below is the one on the vendor's page. */
export interface EsignGlobalApp extends Begun<'esignglobal'> {
  /** The authorization URL; `changes` replaces, adds or (with `undefined`) removes parameters. */
  authorizationUrl(changes?: Changes): string
  /** A code that a person has just approved. */
  code(as?: string, changes?: Changes): Promise<string>
  /** The token request with these fields beside the credentials. */
  post(fields: Changes, settings?: { readonly host?: string; readonly headers?: Changes }): Promise<Response>
  /** Signs a person in and gives the tokens. */
  signIn(as?: string, changes?: Changes): Promise<EsignGlobalTokens>
  refresh(refreshToken: string | undefined): Promise<EsignGlobalTokens & { readonly error?: string }>
}

export interface EsignGlobalTokens {
  readonly access_token: string
  readonly expires_in: number
  readonly scope: string
  readonly token_type: string
  readonly refresh_token?: string
}

export const AS1 = 'https://openapi-as1.esignglobal.com'
export const PATH = '/esignglobal/v1/oauth2/accessToken'

export function createEsignGlobalApp(): EsignGlobalApp {
  const begun = begin('esignglobal')
  const { sandbox, client, redirectUri } = begun
  const credentials = { client_id: client.clientId, client_secret: client.clientSecret }

  const app: EsignGlobalApp = {
    ...begun,
    authorizationUrl(changes = {}) {
      const query = { response_type: 'code', clientId: client.clientId, redirectUri, scope: 'signature', state: 's1' }
      return `https://account.esignglobal.com/oauth?${new URLSearchParams(present({ ...query, ...changes }))}`
    },
    code: (as, changes) => app.approve(app.authorizationUrl(changes), as),
    post(fields, { host = AS1, headers = {} } = {}) {
      const body = multipart(present({ ...credentials, ...fields }))
      return sandbox.fetch(host + PATH, { method: 'POST', headers: present(headers), body })
    },
    async signIn(as, changes) {
      const code = await app.code(as, changes)
      return readJson<EsignGlobalTokens>(await app.post({ grant_type: 'authorization_code', code }))
    },
    async refresh(refresh_token) {
      return readJson(await app.post({ grant_type: 'refresh_token', refresh_token }))
    },
  }
  return app
}

/** Fields as a multipart body, whose boundary `fetch` sets. */
export function multipart(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}
