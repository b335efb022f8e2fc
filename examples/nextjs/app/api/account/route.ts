import { ReauthRequired } from 'esign-auth/keeper'
import { auth, keeper } from '@/auth'
import { accountPath } from '@/lib/vendors'

/** The vendor's answer, for code in the browser: it gets what it asked for, and never a token. */
export async function GET(): Promise<Response> {
  const esign = (await auth())?.esign
  if (!esign) return Response.json({ error: 'not signed in' }, { status: 401 })
  const path = accountPath(esign.vendor)
  if (!path) return Response.json({ error: `no account call of ${esign.vendor} is known` }, { status: 404 })
  try {
    const answer = await keeper.fetch(esign, path)
    return Response.json(await answer.json(), { status: answer.status })
  } catch (error) {
    if (error instanceof ReauthRequired) return Response.json({ error: error.reason }, { status: 401 })
    throw error
  }
}
