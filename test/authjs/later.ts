import { onTestFinished, vi } from 'vitest'
import { type AppOptions, type AuthApp, browser, testApp, type VendorId, type Visitor } from './express-app.ts'

/** Somebody signed in, and time that a test can let pass. */
export interface SignedIn {
  readonly app: AuthApp
  readonly visitor: Visitor
  /** Until any vendor's access token has run out. */
  later(): void
  /** How many refresh requests the vendors got. */
  refreshes(): number
}

/** Signs in at a vendor that rotates refresh tokens and ends the grant when one is used again. */
export async function signedIn(id: VendorId = 'insuresign', options: AppOptions = {}): Promise<SignedIn> {
  // Before anything asks what time it is.
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const app = await testApp(options)
  rotate(app)
  const visitor = browser(app.origin)
  await app.signIn(visitor, id)
  return {
    app,
    visitor,
    later: () => void vi.setSystemTime(Date.now() + 90_000_000),
    refreshes: () => app.tokenRequests().filter(({ body }) => body['grant_type'] === 'refresh_token').length,
  }
}

function rotate({ sandbox: { vendors } }: AuthApp) {
  for (const { switches } of [vendors.insuresign, vendors['dropbox-sign'], vendors.esignglobal]) {
    Object.assign(switches, { rotation: 'always', reuseDetection: true })
  }
  vendors['dropbox-sign'].switches.refreshToken = 'new'
}

/** What another process would not know either. */
export function forgetProcess(): void {
  Reflect.deleteProperty(globalThis, Symbol.for('esign-auth'))
}
