import { type Begun, begin, type Changes, present, readJson, type Tokens } from './app.ts'

/** A small honest app at the fake Dropbox Sign: every request below is the one on the vendor's page. */
export interface DropboxSignApp extends Begun<'dropbox-sign'> {
  /** The authorization URL; `changes` replaces, adds or (with `undefined`) removes parameters. */
  authorizationUrl(changes?: Changes): string
  /** A code that a person has just approved. */
  code(as?: string, changes?: Changes): Promise<string>
  /** Exchanges a code, by default a new one. */
  exchange(changes?: Changes, headers?: Changes): Promise<Response>
  refresh(refreshToken: string | undefined, changes?: Changes, url?: string): Promise<Response>
  /** Sends any body. */
  send(url: string, init: RequestInit): Promise<Response>
  /** Signs a person in and gives the tokens. */
  signIn(as?: string): Promise<DropboxSignTokens>
}

export interface DropboxSignTokens extends Tokens {
  readonly state: string | null
}

export const TOKEN = 'https://app.hellosign.com/oauth/token'
export const REFRESH = 'https://app.hellosign.com/oauth/token?refresh'
export const ACCOUNT = 'https://api.hellosign.com/v3/account'

export function createDropboxSignApp(): DropboxSignApp {
  const begun = begin('dropbox-sign')
  const { sandbox, client, redirectUri } = begun
  const credentials = { client_id: client.clientId, client_secret: client.clientSecret }

  const post = (url: string, fields: Changes, headers: Changes = {}) =>
    app.send(url, {
      headers: present({ 'Content-Type': 'application/json', ...headers }),
      body: JSON.stringify(present({ ...credentials, ...fields })),
    })

  const app: DropboxSignApp = {
    ...begun,
    authorizationUrl(changes = {}) {
      const query = { response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, state: 's1' }
      return `https://app.hellosign.com/oauth/authorize?${new URLSearchParams(present({ ...query, ...changes }))}`
    },
    code: (as, changes) => app.approve(app.authorizationUrl(changes), as),
    async exchange(changes = {}, headers) {
      const code = 'code' in changes ? changes['code'] : await app.code()
      return post(TOKEN, { grant_type: 'authorization_code', state: 's1', ...changes, code }, headers)
    },
    refresh: (refresh_token, changes, url = REFRESH) =>
      post(url, { grant_type: 'refresh_token', refresh_token, ...changes }),
    send: (url, init) => sandbox.fetch(url, { method: 'POST', ...init }),
    async signIn(as) {
      return readJson<DropboxSignTokens>(await app.exchange({ code: await app.code(as) }))
    },
  }
  return app
}
