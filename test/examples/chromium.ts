import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium'
const missing = existsSync(executablePath) ? undefined : `There is no Chromium at ${executablePath} (CHROMIUM_PATH).`

/** Whether browser tests are left out: without Chromium, unless ESIGN_AUTH_NO_SKIP=1 makes that a failure. */
export const noChromium: boolean = missing !== undefined && process.env['ESIGN_AUTH_NO_SKIP'] !== '1'

if (noChromium) console.warn(`Browser tests are skipped. ${missing}`)

/** A Chromium with a profile of its own, and more switches where a test needs some. */
export async function launchChromium(switches: readonly string[] = []): Promise<Browser> {
  if (missing) throw new Error(missing)
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...switches] })
}
