import { writeFile } from 'node:fs/promises'
import { chromium, type Page } from 'playwright-core'
import { startDemo } from '../../examples/express/server.ts'

// Takes docs/pictures/demo.png: the demo before, during and after a sign-in. `npm run picture`, then look at it.
const file = new URL('../../docs/pictures/demo.png', import.meta.url)
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
})
const demo = await startDemo({ PORT: '3000' })
try {
  const page = await browser.newPage({ viewport: { width: 440, height: 660 }, colorScheme: 'light' })
  const shots: string[] = []
  const take = async (shown: Page) => shots.push((await shown.screenshot()).toString('base64'))
  await page.goto(demo.url)
  await take(page)
  await page.getByRole('link', { name: 'Sign in with InsureSign' }).click()
  await page.getByRole('button', { name: 'Approve' }).waitFor()
  await take(page)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByRole('button', { name: 'List my documents' }).waitFor()
  await take(page)
  const sheet = await browser.newPage({ viewport: { width: 1380, height: 690 } })
  await sheet.setContent(
    `<body style="margin:15px;display:flex;gap:15px;background:#dfe3ea">${shots
      .map((shot) => `<img style="width:440px;border-radius:10px" src="data:image/png;base64,${shot}">`)
      .join('')}`,
  )
  await writeFile(file, await sheet.screenshot())
} finally {
  await browser.close()
  await demo.close()
}
