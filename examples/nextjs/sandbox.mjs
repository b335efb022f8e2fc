import { createSandbox } from 'esign-auth/sandbox'

/**
 * Starts fakes of the three vendors on this machine, with the app at `publicUrl` as their client. `env` is what the app
 * needs to find them.
 */
export async function startSandbox(publicUrl) {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  // Neither has an account call: the `sub` of its access token says who signed in.
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  const env = {}
  const addresses = {}
  for (const [id, settings] of [['insuresign'], ['dropbox-sign'], ['esignglobal', { region: 'eu1' }]]) {
    const redirectUris = [`${publicUrl}/api/auth/callback/${id}`]
    const client = sandbox.vendors[id].register({ name: 'Next.js example', redirectUris, ...settings })
    const stem = `AUTH_${id.toUpperCase().replaceAll('-', '_')}`
    env[`${stem}_ID`] = client.clientId
    env[`${stem}_SECRET`] = client.clientSecret
    addresses[id] = listening.options(id, settings)
  }
  env.ESIGN_SANDBOX = JSON.stringify(addresses)
  return { sandbox, env, close: () => listening.close() }
}
