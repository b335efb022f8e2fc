import { createClient, type Vendor, vendors } from 'esign-auth'
import { createSandbox, type ListeningSandbox, type Sandbox } from 'esign-auth/sandbox'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from '../../examples/express/server.ts'
import { fakeOf, settingsOf } from '../any-vendor.ts'
import { findings, overflows } from './axe.ts'
import { launchChromium, noChromium } from './chromium.ts'

const schemes = ['light', 'dark'] as const

describe.skipIf(noChromium)('pages for everybody', () => {
  let browser: Browser
  let demo: Demo
  beforeAll(async () => {
    browser = await launchChromium()
    demo = await startDemo({})
  })
  afterAll(async () => {
    await browser?.close()
    await demo?.close()
  })

  /** A phone of the narrowest kind, which is also a desktop window at 400 %. */
  async function open(colorScheme: (typeof schemes)[number], url: string): Promise<Page> {
    const context = await browser.newContext({ colorScheme, viewport: { width: 320, height: 640 } })
    context.setDefaultTimeout(10_000)
    const page = await context.newPage()
    await page.goto(url)
    return page
  }
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
  const isFine = async (page: Page, where: string) => {
    await page.waitForLoadState()
    expect([where, await findings(page), await overflows(page)]).toEqual([where, [], false])
  }

  it.each(schemes)('the Express example passes axe and fits 320 px: %s', async (scheme) => {
    const page = await open(scheme, demo.url)
    await isFine(page, 'signed out')
    await page.getByRole('link', { name: 'Sign in with InsureSign' }).click()
    await isFine(page, 'consent')
    await press(page, 'Deny')
    await isFine(page, 'denied')
    for (const { id, name } of [
      { id: 'insuresign', name: 'InsureSign' },
      { id: 'dropbox-sign', name: 'Dropbox Sign' },
      { id: 'esignglobal', name: 'eSignGlobal' },
    ]) {
      await page.getByRole('link', { name: `Sign in with ${name}` }).click()
      await press(page, 'Approve')
      await isFine(page, `signed in at ${id}`)
      if (id === 'insuresign') {
        await press(page, 'List my documents')
        await page.getByRole('region').waitFor()
        await isFine(page, 'with documents')
      }
      await press(page, 'Sign out')
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    }
    await page.context().close()
  })

  it('the Express example and the consent page work by keyboard alone', async () => {
    const page = await open('light', demo.url)
    const tabTo = async (name: string) => {
      const focused = () =>
        page.evaluate('document.activeElement.matches("a, button") && document.activeElement.textContent')
      for (let presses = 0; presses < 15 && !String(await focused()).includes(name); presses += 1) {
        await page.keyboard.press('Tab')
      }
      expect(await focused()).toContain(name)
      // Whoever works by keyboard must see where they are.
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none')
      await page.keyboard.press('Enter')
    }
    await tabTo('Sign in with InsureSign')
    await page.getByRole('radio').first().waitFor()
    await tabTo('Deny')
    await page.getByRole('alert').waitFor()
    await tabTo('Sign in with InsureSign')
    await page.getByRole('radio').first().waitFor()
    await tabTo('Approve')
    await page.getByRole('heading', { name: 'Signed in with InsureSign' }).waitFor()
    await tabTo('Sign out')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.context().close()
  })

  describe("the sandbox's pages", () => {
    const redirectUri = 'http://127.0.0.1:3000/callback'
    let sandbox: Sandbox
    let listening: ListeningSandbox
    beforeAll(async () => {
      sandbox = createSandbox()
      listening = await sandbox.listen()
    })
    afterAll(() => listening?.close())

    const authorizationUrl = (vendor: Vendor) => {
      const [settings = {}] = settingsOf(vendor)
      const client = fakeOf(sandbox, vendor.id).register({ redirectUris: [redirectUri], ...settings })
      const place = listening.options(vendor.id as keyof Sandbox['vendors'], settings as never) as object
      const { pkce, authorizationUrl } = createClient(vendor, { ...client, ...settings, ...place })
      const codeChallenge = pkce ? 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' : undefined
      return authorizationUrl({ redirectUri, state: 's1', codeChallenge })
    }

    it.each(vendors)('pass axe and fit 320 px, light and dark: $id', async (vendor) => {
      const url = authorizationUrl(vendor)
      for (const scheme of schemes) {
        const page = await open(scheme, url)
        await page.getByRole('button', { name: 'Approve' }).waitFor()
        await isFine(page, `consent of ${vendor.id}`)
        // Drawn alike for all of them, but for the mark.
        if (vendor === vendors[0]) {
          await page.goto(url.replace(/response_type=\w+/, 'response_type=token'))
          await page.getByRole('alert').waitFor()
          await isFine(page, `refusal of ${vendor.id}`)
        }
        await page.context().close()
      }
    })
  })
})
