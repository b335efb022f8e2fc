import { afterEach, describe, expect, inject, it } from 'vitest'
import { approve, type Visitor, visitor } from '../e2e/visitor.ts'
import { launchChromium, noChromium } from '../examples/chromium.ts'
import { type Followed, follow } from './follow.ts'

const origin = 'http://127.0.0.1:3000'

// Ports and addresses are the pages' own: whoever holds one of them makes these tests fail.
describe('followed to the letter, in an empty folder with the packed package', () => {
  let followed: Followed
  afterEach(() => followed?.close())

  async function signIn(): Promise<Visitor> {
    const who = visitor(origin)
    const login = await who.get('/login')
    expect(login.status).toBe(302)
    const back = await who.get(await approve(login.headers.get('location') ?? ''))
    expect([back.status, back.headers.get('location')]).toEqual([302, '/'])
    return who
  }

  it('docs/getting-started-express.md signs in, and calls the API', async () => {
    followed = await follow('getting-started-express.md', inject('tarball'))
    expect(await (await visitor(origin).get('/')).json()).toEqual({ next: '/login' })
    const who = await signIn()
    expect(await (await who.get('/')).json()).toEqual({
      user: { id: expect.stringMatching(/^insuresign:[\da-f-]{36}$/) },
      next: '/documents',
    })
    expect(await (await who.get('/documents')).json()).toMatchObject({ documents: expect.any(Array) })
    // A reload of the callback is a failed sign-in, with a reason for the user.
    await who.get('/callback?code=again&state=unknown')
    await followed.finish()
    expect(followed.printed.get('npx esign-auth check insuresign --env .env')).toContain('✓ id, secret and settings')
  })

  it('docs/getting-started-no-framework.md signs in, and calls the API', async () => {
    followed = await follow('getting-started-no-framework.md', inject('tarball'))
    expect((await visitor(origin).get('/callback?code=forged&state=forged')).status).toBe(403)
    const who = await signIn()
    expect(await (await who.get('/')).json()).toMatchObject({ account: { email_address: 'grace@example.com' } })
    await followed.finish()
    expect(followed.printed.get('npx esign-auth check dropbox-sign --env .env')).toContain('✓ id, secret and settings')
  })

  it.skipIf(noChromium)('docs/getting-started-nextjs.md signs in at both vendors, and out', async () => {
    followed = await follow('getting-started-nextjs.md', inject('tarball'))
    const browser = await launchChromium()
    const page = await browser.newPage()
    page.setDefaultTimeout(60_000) // `next dev` compiles when asked
    try {
      for (const [vendor, shows] of [
        ['InsureSign', 'documents'],
        ['Dropbox Sign', 'grace@example.com'],
      ]) {
        await page.goto(origin)
        await page.getByRole('button', { name: `Sign in with ${vendor}` }).click()
        await page.getByRole('button', { name: 'Approve' }).click()
        await page.getByRole('heading', { name: `Signed in with ${vendor}` }).waitFor()
        expect(await page.textContent('pre')).toContain(shows)
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign in with InsureSign' }).waitFor()
      }
    } catch (error) {
      throw new Error(`at ${page.url()}:\n${await page.textContent('body')}\n${followed.server()}`, { cause: error })
    } finally {
      await browser.close()
    }
    await followed.finish()
  })
})
