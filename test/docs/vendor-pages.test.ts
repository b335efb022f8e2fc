import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Vendor, vendors } from 'esign-auth'
import { withEsign } from 'esign-auth/authjs'
import { createTokenKeeper } from 'esign-auth/keeper'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import supertest from 'supertest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sourcesOf } from '../../docs/sources.ts'
import { confidences, partsOf, renew } from '../../docs/tables.ts'
import type { VendorExample } from '../../examples/vendors/app.ts'
import { fakeOf, settingsOf } from '../any-vendor.ts'
import { nextLike, site, webVisitor } from '../authjs/web-app.ts'
import { blocksOf, headingsOf, linksOf, tokensOf } from '../markdown.ts'

// The pages in docs/vendors: a vendor's page is found by its id, and so are the lines that it shows.

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'docs/vendors')

it('there is a page for every vendor, and for nobody else', () => {
  expect(readdirSync(folder).sort()).toEqual(vendors.map(({ id }) => `${id}.md`).sort())
})

describe.each(vendors.map((vendor) => [vendor.id, vendor] as const))('docs/vendors/%s.md', (id, vendor) => {
  const path = join(folder, `${id}.md`)
  const page = existsSync(path) ? readFileSync(path, 'utf8') : ''

  it('tells what the definition tells: else run `npm run docs:vendors`', () => {
    expect(renew(page, vendor)).toBe(page)
  })

  it.each(Object.keys(partsOf(vendor)))('has the part %s', (part) => {
    expect(page).toContain(`<!-- from the definition: ${part} -->`)
  })

  it('links to every source of the definition', () => {
    for (const { url } of sourcesOf(id)) expect(page).toContain(`<${url}>`)
  })

  it('says what is not known, and how sure the rest is', () => {
    expect(headingsOf(page)).toEqual(expect.arrayContaining(['set-up-at-the-vendor', 'quirks', 'not-known', 'sources']))
    expect(page).toContain(`| how sure | ${confidences[vendor.confidence ?? 'token-only']} |`)
  })

  it('has only code that is quoted from its example', () => {
    const example = tokensOf(readFileSync(join(root, `examples/vendors/${id}.ts`), 'utf8'))
    const blocks = blocksOf(page)
    expect(blocks.map(({ language }) => language)).toEqual(['ts', 'ts'])
    for (const { text } of blocks) expect(example).toContain(tokensOf(text))
  })

  it('links to files that exist', () => {
    for (const target of linksOf(page).filter((each) => !each.startsWith('https://'))) {
      const [place = '', heading] = target.split('#')
      const file = place === '' ? path : join(folder, place)
      expect(existsSync(file), target).toBe(true)
      if (heading !== undefined) expect(headingsOf(readFileSync(file, 'utf8')), target).toContain(heading)
    }
  })

  it('signs somebody in with its lines for Passport', async () => {
    const { example, sandbox, credentials } = await start(vendor, 'https://app.example/callback')
    const keeper = createTokenKeeper()
    onTestFinished(() => keeper.close())
    const own = new passport.Passport()
    const { clientId: clientID, clientSecret } = credentials
    example.usePassport({
      ...{ passport: own as unknown as typeof passport, keeper, clientID, clientSecret, fetch: sandbox.fetch },
      ...{ callbackURL: 'https://app.example/callback', profile: () => ({ id: 'somebody' }) },
      users: { findOrCreate: async (key) => ({ id: key }) },
    })
    const app = express().set('trust proxy', true)
    app.use(session({ secret: 'a secret of this test', resave: false, saveUninitialized: false }))
    app.get('/login', own.authenticate(id))
    app.get('/callback', own.authenticate(id, { session: false }), (req, res) => void res.json(req.user))
    const browser = supertest.agent(app)
    const { headers } = await browser.get('/login').set('x-forwarded-proto', 'https')
    const callback = new URL((await sandbox.approve(headers['location'] ?? '')).url)
    const cookie = [headers['set-cookie'] ?? []].flat().map((each) => each.split(';', 1)[0])
    const answer = await browser
      .get(callback.pathname + callback.search)
      .set({ 'x-forwarded-proto': 'https', cookie: cookie.join('; ') })
    expect([answer.status, answer.body.id]).toEqual([200, expect.stringMatching(`^${id}:.+`)])
    expect(refusals(sandbox)).toEqual([])
  })

  it('signs somebody in with its line for Auth.js', async () => {
    const { example, sandbox, credentials } = await start(vendor, `${site}/api/auth/callback/${id}`)
    const keeper = createTokenKeeper()
    onTestFinished(() => keeper.close())
    const profile = vendor.confidence === 'token-only' ? { profile: () => ({ id: 'somebody' }) } : {}
    const provider = example.makeProvider({ ...credentials, ...profile, fetch: sandbox.fetch })
    const config = { secret: 'an Auth.js secret, long enough for a test', trustHost: true, providers: [provider] }
    const visitor = webVisitor(withEsign(nextLike, config, { keeper }))
    const begun = await visitor.press(id)
    const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
    await visitor.go(url)
    expect((await visitor.session())?.esign).toMatchObject({ vendor: id })
    expect(refusals(sandbox)).toEqual([])
  })
})

async function start(vendor: Vendor, redirectUri: string) {
  const example: VendorExample = await import(`../../examples/vendors/${vendor.id}.ts`)
  const sandbox = createSandbox()
  const fake = fakeOf(sandbox, vendor.id)
  const { clientId, clientSecret } = fake.register({ ...settingsOf(vendor)[0], redirectUris: [redirectUri] })
  return { example, sandbox, credentials: { clientId, clientSecret } }
}

function refusals(sandbox: Sandbox): string[] {
  return sandbox.log.flatMap(({ refusal }) => refusal ?? [])
}
