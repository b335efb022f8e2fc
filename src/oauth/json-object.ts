import type { HttpAnswer } from './http/exchange.ts'
import { deepestNesting, isNestedTooDeep } from './nesting.ts'
import { redact } from './redact.ts'

export type ReadObject =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly fault: string }

/** The JSON object of an answer: keys and string values trimmed, own properties only, no prototype to pollute. */
export function readObject(
  { headers, body }: HttpAnswer,
  secrets: readonly string[],
  labels: readonly string[] = [],
): ReadObject {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type) && !labels.includes(type)) {
    return { ok: false, fault: `is labelled ${redact(type, secrets, 60) || 'as nothing at all'}, not as JSON` }
  }
  const value = parse(body)
  if (value === undefined) return { ok: false, fault: 'is not readable JSON' }
  if (isNestedTooDeep(value)) return { ok: false, fault: `nests deeper than ${deepestNesting} levels` }
  return objectOf(value)
}

/** The answer inside its envelope, where the vendor may use one and no token stands outside of it. */
export function unwrap(read: ReadObject, envelope: string | undefined): ReadObject {
  if (!read.ok || envelope === undefined || read.fields['access_token'] !== undefined) return read
  const inner = read.fields[envelope]
  return typeof inner === 'object' && inner !== null ? objectOf(inner) : read
}

function objectOf(value: unknown): ReadObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, fault: 'is JSON, but not an object' }
  }
  const fields: Record<string, unknown> = Object.create(null)
  for (const [key, field] of Object.entries(value))
    fields[key.trim()] = typeof field === 'string' ? field.trim() : field
  return { ok: true, fields }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
