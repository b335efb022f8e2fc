import { join } from 'node:path'
import type { SandboxRequest } from 'esign-auth/sandbox'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findings, overflows } from '../examples/axe.ts'
import { launchChromium } from '../examples/chromium.ts'
import { pause, until } from './program.ts'
import { note, refreshes, type Stage, secretsIn, secretsShown, vendors } from './stage.ts'

/** A way to begin a sign-in: what a person does on the home page. */
export type Begin = (page: Page, vendor: string) => Promise<void>

/** What a person can do with each vendor, in Chromium, through an example. */
export function describeSignIn(stage: () => Stage, ways: Readonly<Record<string, Begin>>): void {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  const seen: string[] = []
  const open = async (): Promise<Page> => {
    const context = await browser.newContext()
    context.setDefaultTimeout(15_000)
    const page = await context.newPage()
    // Everything that a page could read, in every answer of the app.
    page.on('response', async (response) => {
      if (response.url().startsWith(stage().origin)) seen.push(await response.text().catch(() => ''))
    })
    await page.goto(stage().origin)
    return page
  }
  const [[firstWay, begin] = []] = Object.entries(ways)
  if (!firstWay || !begin) throw new Error('there must be a way to begin')
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
  const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor()
  const sessionOf = async (page: Page): Promise<unknown> => {
    const text = await (await page.request.get(`${stage().origin}${stage().basePath}/session`)).text()
    seen.push(text, String(await page.evaluate('document.cookie')))
    return JSON.parse(text)
  }

  describe.each(vendors)('$name', ({ id, name, authorize, asks, contentType, exchanges }) => {
    it.each(Object.entries(ways))('signs in, begun from %s', async (_way, beginThisWay) => {
      const before = (await stage().log()).length
      const page = await open()
      await beginThisWay(page, name)
      await press(page, 'Approve')
      await heading(page, `Signed in with ${name}`)
      expect(new URL(page.url()).pathname).toBe('/')
      expect(await sessionOf(page)).toMatchObject({ esign: { vendor: id } })

      const asked = (await stage().log()).slice(before)
      const [first, ...others] = asked.filter(({ place }) => place === 'authorize')
      expect(others).toEqual([])
      expect(first?.status).toBe(200)
      const url = new URL(first?.url ?? '')
      expect(url.origin + url.pathname).toBe(authorize)
      expect([...url.searchParams.keys()].sort()).toEqual([...asks].sort())
      const [exchange, ...more] = asked.filter(({ place }) => place === 'token')
      expect(more).toEqual([])
      expect(exchange?.contentType).toContain(contentType)
      expect(Object.keys(exchange?.body ?? {}).sort()).toEqual([...exchanges].sort())
    })

    it('says why nobody is signed in when access is denied', async () => {
      const page = await open()
      await begin(page, name)
      await press(page, 'Deny')
      await page.getByText('Access was not allowed at the signing service.').waitFor()
      const { pathname, search } = new URL(page.url())
      expect(pathname + search).toBe(`${stage().basePath}/signin?error=OAuthCallbackError&code=access_denied`)
      expect(await sessionOf(page)).toBeNull()
    })

    it('signs nobody in whose callback belongs to another sign-in', async () => {
      const page = await open()
      await begin(page, name)
      await stage().switches(id, { stateEcho: 'alter' })
      await press(page, 'Approve')
      await page.getByText('This sign-in could not be finished here. Please begin again.').waitFor()
      await stage().switches(id, { stateEcho: 'echo' })
      const { pathname, search } = new URL(page.url())
      expect(pathname + search).toBe(`${stage().basePath}/signin?error=OAuthCallbackError&code=state_unknown`)
      expect(await sessionOf(page)).toBeNull()
    })

    it('refreshes a token that has run out, once, and signs out', async () => {
      // Those with an answer: what comes in before may still get the lifetime of later ones.
      const isAnswered = ({ place, status }: SandboxRequest) => place === 'token' && status !== undefined
      const tokenRequests = async () => (await stage().log()).filter(isAnswered).length
      const page = await open()
      await begin(page, name)
      const [exchanged, before] = [await tokenRequests(), refreshes(await stage().log()).length]
      // Only the first token is short-lived, however long the page takes to come.
      await stage().switches(id, { accessLifetime: 2 })
      await Promise.all([
        press(page, 'Approve'),
        until(async () => (await tokenRequests()) > exchanged).then(() =>
          stage().switches(id, { accessLifetime: 3600 }),
        ),
      ])
      await heading(page, `Signed in with ${name}`)
      await pause(3_100) // vendors count whole seconds
      await page.reload()
      await heading(page, `Signed in with ${name}`)
      expect(refreshes(await stage().log()).length - before).toBe(1)

      const ask = page.getByRole('link', { name: `Ask ${name}` })
      expect(await ask.count()).toBe(id === 'esignglobal' ? 0 : 1)
      if (id !== 'esignglobal') {
        // The vendor ends the token before its time: its API says 401, and is asked again with a fresh one.
        await stage().expire(id)
        await ask.click()
        await heading(page, '→ 200')
        expect(refreshes(await stage().log()).length - before).toBe(2)
      }

      await press(page, 'Sign out')
      await heading(page, 'Sign in')
      expect(await sessionOf(page)).toBeNull()
    })
  })

  it.each(['light', 'dark'] as const)(
    'has buttons of the vendors’ look on Auth.js’s own page, %s',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme, viewport: { width: 800, height: 640 } })
      const page = await context.newPage()
      const shoot = async (name: string) => {
        // For those who want to look: ESIGN_AUTH_SHOTS=<folder>.
        const folder = process.env['ESIGN_AUTH_SHOTS']
        if (folder)
          await page.screenshot({
            path: join(folder, `${stage().basePath.replaceAll('/', '-').slice(1)}-${name}-${colorScheme}.png`),
          })
      }
      await page.goto(`${stage().origin}${stage().basePath}/signin`)
      for (const { name } of vendors) {
        const button = page.getByRole('button', { name: `Sign in with ${name}` })
        await button.waitFor()
        const mark = button.locator('img').first()
        expect(await mark.getAttribute('src')).toMatch(/^data:image\/svg\+xml,/)
        expect(
          await mark.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        ).toBeGreaterThan(0)
      }
      await shoot('sign-in')
      await page.goto(`${stage().origin}${stage().basePath}/signin?error=OAuthCallbackError&code=timeout`)
      await page.getByText('The signing service did not answer as it should. Please try again in a moment.').waitFor()
      await shoot('timeout')
      await page.goto(stage().origin)
      await heading(page, 'Sign in')
      await shoot('home')
    },
  )

  it.each(['light', 'dark'] as const)('has pages for everybody: axe and 320 px, %s', async (colorScheme) => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } })
    const page = await context.newPage()
    const isFine = async (where: string) => {
      await page.waitForLoadState()
      expect([where, await findings(page), await overflows(page)]).toEqual([where, [], false])
    }
    await page.goto(stage().origin)
    await heading(page, 'Sign in')
    await isFine('signed out')
    await begin(page, 'InsureSign')
    await press(page, 'Approve')
    await heading(page, 'Signed in with InsureSign')
    await isFine('signed in')
    // Auth.js draws this one: told, not demanded.
    await page.goto(`${stage().origin}${stage().basePath}/signin`)
    const found = await findings(page)
    await note(
      `${stage().basePath}/signin, ${colorScheme}, axe: ${found.map((each) => each.split(':')[0]).join('; ') || 'nothing'}`,
    )
    await context.close()
  })

  it('shows no token, code or secret: not in a page, not in the session, not in the log of the server', async () => {
    const log = await stage().log()
    expect(seen.length).toBeGreaterThan(20)
    expect(secretsIn(log).size).toBeGreaterThan(20)
    expect(secretsShown(seen.join('\n'), log)).toEqual([])
    expect(secretsShown(stage().output(), log)).toEqual([])
  })

  it('asked nothing of the vendors that is not on their pages', async () => {
    const refused = (await stage().log()).filter(({ refusal, status }) => refusal !== undefined && status !== 401)
    expect(refused.map(({ url, refusal }) => `${url} ${refusal}`)).toEqual([])
  })
}
