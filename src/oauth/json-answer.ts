import type { Asked } from './error-answer.ts'
import { refusal } from './error-answer.ts'
import { EsignAuthError } from './errors.ts'
import type { HttpAnswer } from './http/exchange.ts'
import { readObject } from './json-object.ts'

/**
 * Reads any other JSON answer of the vendor, such as userinfo: status first, then the body.
 *
 * @throws EsignAuthError as {@link readTokenAnswer}.
 */
export function readJsonAnswer(answer: HttpAnswer, asked: Asked): Readonly<Record<string, unknown>> {
  const read = readObject(answer, asked.secrets)
  const refused = refusal(answer, read, asked)
  if (refused) throw refused
  if (read.ok) return read.fields
  throw new EsignAuthError('invalid_answer', asked.vendor, `the answer to ${asked.purpose} ${read.fault}.`, {
    vendorStatus: answer.status,
    sent: 'answered',
  })
}
