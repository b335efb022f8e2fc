import { json, Refusal } from '../../machinery/fake.ts'
import type { Received } from '../../machinery/request.ts'
import { checkNames, type Refuse, readQuery } from '../../machinery/strict-request.ts'
import type { InsureSignState } from './state.ts'

/**
 * `GET /my/documents?status=&pageSize=`: the one API call the fake plays. INFERRED: host, path and parameters are known
 * from a public third-party integration only, and the shape of the answer is our own.
 */
export function listDocuments({ grants }: InsureSignState, { headers, url, ...request }: Received): Response {
  const token = /^Bearer (\S+)$/.exec(headers.get('authorization') ?? '')?.[1]
  if (token === undefined) throw unauthorized('Bearer')('the Authorization header must be "Bearer <access token>"')
  const { clientId, user } = grants.findAccessToken(token, unauthorized('Bearer error="invalid_token"'))
  const query = readQuery({ ...request, headers, url }, malformed)
  checkNames(query, [], ['status', 'pageSize'], malformed)
  const size = query.get('pageSize') ?? '20'
  if (!/^[1-9]\d{0,2}$/.test(size)) throw malformed('pageSize must be a number from 1 to 999')
  const status = query.get('status')
  const documents = documentsOf(user?.id ?? clientId).filter((document) => !status || document.status === status)
  return json(200, { documents: documents.slice(0, Number(size)) })
}

const TITLES = [
  'Lease agreement',
  'Mutual NDA',
  'Offer letter',
  'Purchase order 1182',
  'Renewal of policy',
  'Statement of work',
]
const STATUSES = ['sent', 'completed', 'draft']

/** Three documents, always the same for the same owner and others for another. */
function documentsOf(owner: string): { id: string; title: string; status: string; owner: string }[] {
  const seed = [...owner].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 0xffffff, 7)
  return STATUSES.map((status, index) => ({
    id: `doc-${(seed + index).toString(16).padStart(6, '0')}`,
    title: TITLES[(seed + index) % TITLES.length] ?? '',
    status,
    owner,
  }))
}

function unauthorized(challenge: string): Refuse {
  return (reason) => {
    const body = { error: 'unauthorized', error_description: reason }
    return new Refusal(reason, json(401, body, { 'WWW-Authenticate': challenge }))
  }
}

const malformed: Refuse = (reason) =>
  new Refusal(reason, json(400, { error: 'invalid_request', error_description: reason }))
