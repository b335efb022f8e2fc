import type { Place, Received } from './request.ts'

/** One request a fake received. It holds secrets and tokens in clear: the sandbox has no real ones. */
export interface SandboxRequest {
  /** When it came, in epoch milliseconds of the sandbox's clock. */
  readonly time: number
  readonly vendor: string
  /** Which endpoint it reached; `undefined` for an undocumented path. */
  readonly place: Place | undefined
  readonly method: string
  /** With the vendor's own host, also when the request came over loopback. */
  readonly url: string
  readonly host: string
  readonly path: string
  /** By name; of a repeated name (which is refused) the last value. */
  readonly query: Readonly<Record<string, string>>
  readonly contentType: string | undefined
  /** The Authorization header: its scheme, and the header as it was sent. */
  readonly authorization: { readonly scheme: string; readonly header: string } | undefined
  /** The fields of a form, JSON or multipart body, read leniently; what is not text stands as its JSON. */
  readonly body: Readonly<Record<string, string>>
  /** The HTTP status answered; `undefined` while there is no answer, and for ever when there is none. */
  readonly status: number | undefined
  /** Why the fake refused, where it did. The vendor's answer may say less. */
  readonly refusal: string | undefined
  /** The fault that was played, where one was. */
  readonly fault: string | undefined
}

/** An entry as the engine completes it. */
export type LogEntry = { -readonly [K in keyof SandboxRequest]: SandboxRequest[K] }

/** How many requests the log keeps; older ones are forgotten. */
const LIMIT = 10_000

/** Adds the entry of a request that has just come in. */
export async function openEntry(
  log: SandboxRequest[],
  request: Received,
  known: { readonly time: number; readonly vendor: string; readonly place: Place | undefined },
): Promise<LogEntry> {
  const header = request.headers.get('authorization')
  const entry: LogEntry = {
    ...known,
    method: request.method,
    url: request.url.href,
    host: request.url.host,
    path: request.url.pathname,
    query: Object.fromEntries(request.url.searchParams),
    contentType: request.headers.get('content-type') ?? undefined,
    authorization: header === null ? undefined : { scheme: header.split(' ', 1).join(), header },
    body: await bodyFields(request),
    status: undefined,
    refusal: undefined,
    fault: undefined,
  }
  log.push(entry)
  if (log.length > LIMIT) log.shift()
  return entry
}

async function bodyFields(request: Received): Promise<Record<string, string>> {
  const label = request.headers.get('content-type') ?? ''
  try {
    if (label.startsWith('multipart/form-data')) return textual(Object.fromEntries(await formData(request, label)))
    const text = new TextDecoder().decode(request.body)
    if (/^application\/json\b/i.test(label)) return textual(JSON.parse(text))
    return Object.fromEntries(new URLSearchParams(text))
  } catch {
    return {}
  }
}

async function formData(request: Received, label: string): Promise<Iterable<[string, unknown]>> {
  return new Response(request.body, { headers: { 'Content-Type': label } }).formData()
}

function textual(fields: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}
