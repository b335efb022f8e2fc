import { describe, expect, test } from 'vitest'
import { readJson } from './app.ts'
import { ACCOUNT, createDropboxSignApp, type DropboxSignApp } from './dropbox-sign-app.ts'

function account(app: DropboxSignApp, token: string, query = ''): Promise<Response> {
  return app.sandbox.fetch(ACCOUNT + query, { headers: { Authorization: `Bearer ${token}` } })
}

async function errorName(response: Response): Promise<[number, string]> {
  const { error } = await readJson<{ error: { error_name: string; error_msg: string } }>(response)
  expect(Object.keys(error)).toEqual(['error_msg', 'error_name'])
  return [response.status, error.error_name]
}

describe('the account call of the fake Dropbox Sign', () => {
  test('shows the account of the token, wrapped, with the documented fields and no name', async () => {
    const app = createDropboxSignApp()
    const { access_token } = await app.signIn('Mei Tanaka')
    const answer = await readJson<{ account: Record<string, unknown> }>(await account(app, access_token))
    expect(Object.keys(answer)).toEqual(['account'])
    expect(Object.keys(answer.account)).toEqual([
      'account_id',
      'email_address',
      'is_locked',
      'is_paid_hs',
      'is_paid_hf',
      'quotas',
      'callback_url',
      'role_code',
      'team_id',
      'locale',
      'usage',
      'settings',
    ])
    const mei = app.fake.users[2]
    expect(answer.account).toMatchObject({ account_id: mei?.id, email_address: 'mei@example.com' })
    expect(JSON.stringify(answer)).not.toContain('Mei Tanaka')
  })

  test('has account ids of 40 hex characters', () => {
    const { users } = createDropboxSignApp().fake
    for (const { id } of users) expect(id).toMatch(/^[\da-f]{40}$/)
    expect(new Set(users.map(({ id }) => id)).size).toBe(3)
  })

  test('may be asked for the own account by id or e-mail address, and for no other', async () => {
    const app = createDropboxSignApp()
    const { access_token } = await app.signIn()
    const [grace, jonas] = app.fake.users
    expect((await account(app, access_token, `?account_id=${grace?.id}&email_address=${grace?.email}`)).status).toBe(
      200,
    )
    for (const query of [`?account_id=${jonas?.id}`, `?email_address=${jonas?.email}`]) {
      expect(await errorName(await account(app, access_token, query))).toEqual([403, 'forbidden'])
    }
    for (const query of ['?page=1', '?account_id=1&account_id=1', '?access_token=x']) {
      expect(await errorName(await account(app, access_token, query))).toEqual([400, 'bad_request'])
    }
  })

  test.each([
    ['no header', {}],
    ['an API key', { Authorization: `Basic ${btoa('key:')}` }],
    ['bearer in lower case', { Authorization: 'bearer x' }],
    ['an unknown token', { Authorization: 'Bearer x' }],
  ])('is refused to %s', async (_, headers) => {
    const { sandbox } = createDropboxSignApp()
    expect(await errorName(await sandbox.fetch(ACCOUNT, { headers }))).toEqual([401, 'unauthorized'])
  })

  test('is refused to a refresh token, an expired one, and one of a user who revoked', async () => {
    const app = createDropboxSignApp()
    const first = await app.signIn()
    expect((await account(app, first.refresh_token)).status).toBe(401)
    app.fake.expireAccessTokens()
    expect((await account(app, first.access_token)).status).toBe(401)
    const second = await app.signIn()
    expect((await account(app, second.access_token)).status).toBe(200)
    app.fake.revokeUser(app.fake.users[0]?.id ?? '')
    expect((await account(app, second.access_token)).status).toBe(401)
  })

  test('is refused to a token whose hour is over', async () => {
    const app = createDropboxSignApp()
    const { access_token } = await app.signIn()
    app.sandbox.clock.advance(3_600_000)
    expect(await errorName(await account(app, access_token))).toEqual([401, 'unauthorized'])
  })

  test('is forbidden to an app without one of the account scopes', async () => {
    const app = createDropboxSignApp()
    app.fake.switches.accountScopes = false
    const { access_token } = await app.signIn()
    expect(await errorName(await account(app, access_token))).toEqual([403, 'forbidden'])
  })

  test('is made with GET, at its own address only', async () => {
    const { sandbox } = createDropboxSignApp()
    expect((await sandbox.fetch(ACCOUNT, { method: 'POST' })).status).toBe(405)
    expect((await sandbox.fetch(`${ACCOUNT}/`)).status).toBe(404)
    expect((await sandbox.fetch('https://app.hellosign.com/v3/account')).status).toBe(404)
  })
})
