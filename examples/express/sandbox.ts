import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { callbackUrl, type VendorSetup, vendors } from './vendors.ts'

/** Fake vendors on this machine, with this app as their client. */
export interface RunningSandbox {
  readonly sandbox: Sandbox
  readonly vendors: readonly VendorSetup[]
  close(): Promise<void>
}

/** Starts the fakes of all vendors of this example. */
export async function startSandbox(publicUrl: string): Promise<RunningSandbox> {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  // Neither has an account call: the `sub` of its access token says who signed in.
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  return {
    sandbox,
    vendors: vendors.map((vendor) => {
      const redirectUris = [callbackUrl(publicUrl, vendor)]
      const client = sandbox.vendors[vendor.id].register({ name: 'Express example', redirectUris })
      const { clientId: clientID, clientSecret } = client
      return { ...vendor, options: { clientID, clientSecret, ...listening.options(vendor.id) } }
    }),
    close: () => listening.close(),
  }
}
