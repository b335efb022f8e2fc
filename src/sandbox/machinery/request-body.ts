import type { Received } from './request.ts'
import { type Refuse, readForm, readText } from './strict-request.ts'

/** How a body can be written. */
export type BodyEncoding = 'form' | 'json' | 'multipart'

/** Reads a body, strictly: labelled as the one encoding that is documented, decodable, and every name once. */
export function readBody(
  request: Received,
  encoding: BodyEncoding,
  refuse: Refuse,
): Map<string, string> | Promise<Map<string, string>> {
  if (encoding === 'json') return readJson(request, refuse)
  return encoding === 'form' ? readForm(request, refuse) : readMultipart(request, refuse)
}

/** Reads a JSON body: one flat object, whose values are text. */
function readJson(request: Received, refuse: Refuse): Map<string, string> {
  const label = request.headers.get('content-type') ?? ''
  if (!/^application\/json(\s*;\s*charset="?utf-8"?)?$/i.test(label)) {
    throw refuse(`the body must be application/json, but its Content-Type is "${label}"`)
  }
  const text = readText(request, refuse)
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(parseObject(text, refuse))) {
    if (typeof value !== 'string') throw refuse(`the body's "${name}" is not a string`)
    fields.set(name, value)
  }
  // In a flat object of strings every name and every value is one string: more of them are repeated names.
  const strings = text.match(/"(?:[^"\\]|\\.)*"/g) ?? []
  if (strings.length !== fields.size * 2) throw refuse('the body holds a name more than once')
  return fields
}

function parseObject(text: string, refuse: Refuse): object {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
  } catch {
    throw refuse('the body is not JSON')
  }
  throw refuse('the body is JSON, but not an object')
}

/** Reads a multipart/form-data body: fields only, no files. */
async function readMultipart(request: Received, refuse: Refuse): Promise<Map<string, string>> {
  const label = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\b/i.test(label)) {
    throw refuse(`the body must be multipart/form-data, but its Content-Type is "${label}"`)
  }
  if (!/^multipart\/form-data\s*;\s*boundary=(?:[^\s";,]{1,70}|"[^"]{1,70}")$/i.test(label)) {
    throw refuse(`the Content-Type "${label}" lacks the boundary`)
  }
  readText(request, refuse)
  const fields = new Map<string, string>()
  for (const [name, value] of await parseMultipart(request, label, refuse)) {
    if (typeof value !== 'string') throw refuse(`the body's "${name}" is a file`)
    if (fields.has(name)) throw refuse(`the body holds "${name}" more than once`)
    fields.set(name, value)
  }
  return fields
}

async function parseMultipart({ body }: Received, label: string, refuse: Refuse): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'Content-Type': label } }).formData()
  } catch {
    throw refuse('the body is not multipart/form-data with the boundary of its Content-Type')
  }
}
