import { queryEntries } from '../oauth/callback.ts'
import { EsignAuthError } from '../oauth/errors.ts'

const mostBytes = 65_536

/**
 * The fields of a posted callback, read from its stream as strictly as a query. A form that is too large holds none.
 *
 * @throws EsignAuthError `callback_incomplete` if the browser breaks it off, or something else has read it.
 */
export async function readForm(
  vendor: { readonly id: string; readonly name: string },
  body: AsyncIterable<Uint8Array> | null,
): Promise<[string, string | undefined][]> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length > mostBytes) return []
    }
  } catch {
    throw new EsignAuthError(
      'callback_incomplete',
      vendor,
      'the posted callback could not be read to its end: it was broken off, or something else has read it. Sign in again.',
    )
  }
  return queryEntries(text.replaceAll('+', '%20'))
}
