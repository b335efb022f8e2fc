import { json, type SandboxUser } from '../../machinery/fake.ts'
import { refuseWith } from '../../machinery/oauth-token-request.ts'
import type { Received } from '../../machinery/request.ts'
import { checkNames, readQuery } from '../../machinery/strict-request.ts'
import type { DropboxSignState } from './state.ts'

/**
 * `GET /v3/account`: the account of the token, by the OpenAPI file. Of its query the file says that one parameter is
 * required, and everybody sends none: both are taken, as long as they mean the token's own account.
 */
export function showAccount({ grants, switches }: DropboxSignState, request: Received): Response {
  const token = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token === undefined) throw unauthorized('the Authorization header must be "Bearer <access token>"')
  const { user } = grants.findAccessToken(token, unauthorized)
  if (!user || !switches.accountScopes) {
    throw refuse('forbidden')('the app has neither the scope account_access nor basic_account_info')
  }
  const query = readQuery(request, refuse('bad_request'))
  checkNames(query, [], ['account_id', 'email_address'], refuse('bad_request'))
  const { account_id = user.id, email_address = user.email } = Object.fromEntries(query)
  if (account_id !== user.id || email_address !== user.email) {
    throw refuse('forbidden')('an access token shows no account but its own')
  }
  return json(200, { account: accountOf(user) })
}

/** `/v3/oauth/token`: some generated documents name this host, but the live one answers 404 here (measured). */
export function noTokensHere(): Response {
  throw refuse('not_found')('tokens are given at https://app.hellosign.com/oauth/token, not at the API')
}

/** Every documented field; a name is not among them. */
function accountOf({ id, email }: SandboxUser): object {
  return {
    account_id: id,
    email_address: email,
    is_locked: false,
    is_paid_hs: false,
    is_paid_hf: false,
    quotas: {
      api_signature_requests_left: 0,
      documents_left: 3,
      templates_total: 0,
      templates_left: 0,
      sms_verifications_left: 0,
      num_fax_pages_left: 0,
    },
    callback_url: null,
    role_code: null,
    team_id: null,
    locale: 'en-US',
    usage: { fax_pages_sent: 0 },
    settings: {},
  }
}

const STATUS: Readonly<Record<string, number>> = { bad_request: 400, unauthorized: 401, forbidden: 403, not_found: 404 }

/** The error shape of the REST API. */
const refuse = refuseWith((error_name, error_msg) =>
  json(STATUS[error_name] ?? 400, { error: { error_msg, error_name } }),
)

const unauthorized = refuse('unauthorized')
