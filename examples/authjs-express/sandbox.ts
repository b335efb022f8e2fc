import { DropboxSign, ESignGlobal, InsureSign } from 'esign-auth/authjs'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import type { Provider } from './vendors.ts'

/** Fake vendors on this machine, with this app as their client. */
export interface RunningSandbox {
  readonly sandbox: Sandbox
  readonly providers: readonly Provider[]
  close(): Promise<void>
}

/** Starts the fakes of all vendors of this example. */
export async function startSandbox(publicUrl: string): Promise<RunningSandbox> {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  // Neither has an account call: the `sub` of its access token says who signed in.
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  const client = (id: 'insuresign' | 'dropbox-sign' | 'esignglobal') => {
    const redirectUris = [`${publicUrl}/auth/callback/${id}`]
    const { clientId, clientSecret } = sandbox.vendors[id].register({ name: 'Auth.js on Express', redirectUris })
    return { clientId, clientSecret }
  }
  return {
    sandbox,
    providers: [
      InsureSign({ ...client('insuresign'), ...listening.options('insuresign') }),
      DropboxSign({ ...client('dropbox-sign'), ...listening.options('dropbox-sign') }),
      ESignGlobal({ ...client('esignglobal'), ...listening.options('esignglobal') }),
    ],
    close: () => listening.close(),
  }
}
