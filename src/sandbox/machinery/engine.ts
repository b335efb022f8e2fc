import { DECISION_PATH, errorPage } from '../pages/consent-page.ts'
import { isConsent, json, Refusal, type Route, type Vendor } from './fake.ts'
import { faultName } from './faults.ts'
import { type LogEntry, openEntry, type SandboxRequest } from './log.ts'
import type { PendingConsents } from './pending-consents.ts'
import { playFault } from './play-fault.ts'
import type { Received } from './request.ts'
import { BODY_LIMIT } from './strict-request.ts'

/** Answers one complete request; rejects where a connection would break. */
export type Handler = (request: Received) => Promise<Response>

/** The one way through the sandbox: from a vendor's host to its route, its faults, its answer and the log. */
export function createEngine(
  byHost: ReadonlyMap<string, Vendor>,
  consents: PendingConsents,
  log: SandboxRequest[],
  now: () => number,
): Handler {
  return async (request) => {
    const vendor = byHost.get(request.url.host)
    if (!vendor || request.url.protocol !== 'https:') throw new UnknownHost(request.url)
    if (request.url.pathname === DECISION_PATH) return refusable(() => consents.receive(vendor, request))
    const route = findRoute(vendor, request)
    const entry = await openEntry(log, request, { time: now(), vendor: vendor.id, place: route?.place })
    const fault = route && vendor.faults.take(route.place, entry)
    entry.fault = fault && faultName(fault)
    const work = () => refusable(() => answer(vendor, consents, route, request), entry)
    const response = await (fault ? playFault(fault, request.signal, work) : work())
    entry.status = response.status
    return response
  }
}

/** Thrown for an address that belongs to no vendor: in process a network failure, as if nothing were there. */
export class UnknownHost extends Error {
  readonly code = 'ENOTFOUND'

  constructor(url: URL) {
    super(`sandbox: no fake vendor lives at ${url.origin}`)
  }
}

function findRoute({ routes }: Vendor, { method, url }: Received): Route | undefined {
  const there = routes.filter(({ path, hosts }) => path === url.pathname && hosts.includes(url.host))
  return there.find((route) => route.method === method) ?? there[0]
}

async function answer(
  vendor: Vendor,
  consents: PendingConsents,
  route: Route | undefined,
  request: Received,
): Promise<Response> {
  const { method, url } = request
  if (!route) throw undocumented(vendor, request, 404, `${url.host}${url.pathname} is not a documented address`)
  if (method !== route.method) {
    throw undocumented(vendor, request, 405, `${method} is not documented here, only ${route.method}`)
  }
  if (request.body.length > BODY_LIMIT) throw undocumented(vendor, request, 413, 'the body is larger than 1 MB')
  const answer = await route.answer(request)
  return isConsent(answer) ? consents.ask(vendor, answer) : answer
}

/** Turns a thrown refusal into its answer, and notes its reason. */
async function refusable(work: () => Response | Promise<Response>, entry?: LogEntry): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (entry) entry.refusal = error.message
    return error.response
  }
}

/** What is no vendor's business: a page for a browser, JSON for a client. */
function undocumented({ brand }: Vendor, { headers }: Received, status: number, reason: string): Refusal {
  if (headers.get('accept')?.includes('text/html')) return new Refusal(reason, errorPage(brand, status, reason))
  const error = status === 404 ? 'not_found' : 'invalid_request'
  return new Refusal(reason, json(status, { error, error_description: reason }))
}
