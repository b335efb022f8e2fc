import { queryEntries } from '../oauth/callback.ts'

const mostBytes = 65_536

/** The fields of a form, read from its stream as strictly as a query. A form that is too large holds none. */
export async function readForm(body: AsyncIterable<Uint8Array> | null): Promise<[string, string | undefined][]> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > mostBytes) return []
  }
  return queryEntries(text.replaceAll('+', '%20'))
}
