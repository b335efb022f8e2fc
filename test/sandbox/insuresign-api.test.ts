import { describe, expect, test } from 'vitest'
import { API_HOST, createApp, documents, readJson, type Tokens } from './app.ts'

interface Listed {
  readonly documents: { readonly owner: string; readonly status: string }[]
}

describe('the documents of the fake InsureSign', () => {
  test('belong to the user of the token, and are the same each time', async () => {
    const app = createApp()
    const [grace, , mei] = app.fake.users
    const [first, second] = [await app.signIn(grace?.email), await app.signIn(mei?.id)]
    const ofGrace = await readJson<Listed>(await documents(app, first.access_token))
    const ofMei = await readJson<Listed>(await documents(app, second.access_token))
    expect(ofGrace.documents.map(({ owner }) => owner)).toEqual([grace?.id, grace?.id, grace?.id])
    expect(ofMei.documents.map(({ owner }) => owner)).toEqual([mei?.id, mei?.id, mei?.id])
    expect(await readJson(await documents(app, first.access_token))).toEqual(ofGrace)
  })

  test('of a client credentials token are the client’s own', async () => {
    const app = createApp()
    const { access_token } = await readJson<Tokens>(await app.post({ grant_type: 'client_credentials' }))
    const { documents: listed } = await readJson<Listed>(await documents(app, access_token))
    expect(listed.map(({ owner }) => owner)).toContain(app.client.clientId)
  })

  test('can be chosen by status and number', async () => {
    const app = createApp()
    const { access_token } = await app.signIn()
    const sent = await readJson<Listed>(await documents(app, access_token, '?status=sent&pageSize=50'))
    const two = await readJson<Listed>(await documents(app, access_token, '?status=&pageSize=2'))
    expect(sent.documents.map(({ status }) => status)).toEqual(['sent'])
    expect(two.documents).toHaveLength(2)
  })

  test.each(['?page=1', '?pageSize=0', '?pageSize=1000', '?pageSize=1&pageSize=2', '?access_token=x'])(
    'are refused for the query %s',
    async (query) => {
      const app = createApp()
      const { access_token } = await app.signIn()
      expect((await documents(app, access_token, query)).status).toBe(400)
    },
  )

  test.each([
    ['no header', {}],
    ['Basic', { Authorization: 'Basic abc' }],
    ['bearer in lower case', { Authorization: 'bearer abc' }],
    ['a token with a blank', { Authorization: 'Bearer a b' }],
  ])('are refused to %s', async (_, headers) => {
    const app = createApp()
    const response = await app.sandbox.fetch(`${API_HOST}/my/documents`, { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await readJson(response)).toMatchObject({ error: 'unauthorized' })
  })

  test('are refused to an unknown token', async () => {
    const app = createApp()
    const response = await documents(app, 'x')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(app.refusal()).toBe('the access token is unknown')
  })

  test('are refused to a refresh token', async () => {
    const app = createApp()
    expect((await documents(app, (await app.signIn()).refresh_token)).status).toBe(401)
  })

  test('are refused to an expired token, whose refresh token stays good', async () => {
    const app = createApp()
    const { access_token, refresh_token } = await app.signIn()
    app.fake.expireAccessTokens()
    expect((await documents(app, access_token)).status).toBe(401)
    const fresh = await readJson<Tokens>(await app.post({ grant_type: 'refresh_token', refresh_token }))
    expect((await documents(app, fresh.access_token)).status).toBe(200)
  })

  test('are read with GET only, and at their own path and host', async () => {
    const app = createApp()
    expect((await app.sandbox.fetch(`${API_HOST}/my/documents`, { method: 'POST' })).status).toBe(405)
    expect((await app.sandbox.fetch(`${API_HOST}/my/document`)).status).toBe(404)
    expect((await app.sandbox.fetch('https://sign-auth.insuresign.io/my/documents')).status).toBe(404)
    expect((await app.sandbox.fetch(`${API_HOST}/oauth2/token`, { method: 'POST' })).status).toBe(404)
  })
})
