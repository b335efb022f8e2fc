import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { launchChromium, noChromium } from '../examples/chromium.ts'
import { raw } from '../passport/serve.ts'
import { type Attack, throughPassport } from './planted.ts'
import { strangeBytes } from './strange-characters.ts'

const keys = new URL('../fixtures/', import.meta.url)
const pem = (file: string) => readFileSync(new URL(`test-only-${file}.pem`, keys))

/** Below what makes Node refuse a header. */
const cookiesAtOnce = 30

/** The app at `app.example`, and below it a sibling, whose pages set the cookies that `pairs` hold. */
async function neighbours(attack: Attack, pairs: readonly string[]) {
  const everywhere = '; Domain=app.example; Path=/; Secure'
  const sent: string[] = []
  const options = { cert: pem('cert'), key: pem('key'), maxHeaderSize: 262_144 }
  const server = createServer(options, async ({ headers, url }, res) => {
    res.setHeader('content-type', 'text/html; charset=utf-8')
    if (headers.host?.startsWith('evil.')) {
      const set = JSON.stringify(pairs.map((pair) => pair + everywhere))
      // Beside a body of text Node would write the header as UTF-8.
      if (url === '/header') res.setHeader('set-cookie', JSON.parse(set)).end()
      else res.end(`<script>for (const each of ${set}) document.cookie = each</script>`)
      return
    }
    const cookies = (headers.cookie ?? '').split(';')
    sent.push(...cookies.map((each) => each.replace(/^ /, '')))
    const answers: boolean[] = []
    for (let at = 0; at < cookies.length; at += cookiesAtOnce) {
      const cookie = cookies.slice(at, at + cookiesAtOnce).join(';')
      answers.push(attack.signsIn(await raw(attack.url, attack.target, { headers: { cookie } })))
    }
    res.end(answers.includes(true) ? 'signed in' : 'refused')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, sent }
}

describe.skipIf(noChromium)('1.3 · Chromium at a sibling domain', () => {
  it('1.3 · takes and sends names that look like ours, and none of them ends a login', async () => {
    const attack = await throughPassport()
    const { name, value } = attack.cookie
    const pairs = strangeBytes.map(({ text }) => `${text}${name}=${value}`)
    // Without a name of its own, such a cookie is sent like one that has ours.
    const nameless = [`=${name}=${value}`, `=\xA0${name}=${value}`, `${name}=${value}`]
    const { port, sent } = await neighbours(attack, [...pairs, ...nameless])
    const browser = await launchChromium([
      '--ignore-certificate-errors',
      '--host-resolver-rules=MAP app.example 127.0.0.1, MAP *.app.example 127.0.0.1',
    ])
    onTestFinished(() => browser.close())
    for (const path of ['/header', '/script']) {
      const context = await browser.newContext()
      const tab = await context.newPage()
      await tab.goto(`https://evil.app.example:${port}${path}`)
      // Waits until they are stored.
      await tab.evaluate('document.cookie')
      await tab.goto(`https://app.example:${port}/`)
      expect([path, await tab.textContent('body')]).toEqual([path, 'refused'])
    }
    expect(attack.tokenRequests()).toEqual([])
    expect(sent, 'the browser does send it').toContain(`\xA0${name}=${value}`)
    expect(sent, 'and never ours').not.toContain(`${name}=${value}`)
  })
})
