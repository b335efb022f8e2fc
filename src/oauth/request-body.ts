import type { HttpRequest } from './http/exchange.ts'
import type { TokenEncoding } from './token-dialect.ts'

export function post(
  url: string,
  fields: Readonly<Record<string, string>>,
  encoding: TokenEncoding,
  { headers, secrets }: { headers: Readonly<Record<string, string>>; secrets: readonly string[] },
): HttpRequest {
  const { contentType, body } = encode(fields, encoding)
  return {
    method: 'POST',
    url,
    headers: { ...headers, accept: 'application/json', 'content-type': contentType },
    body,
    secrets: [...new Set(secrets)],
  }
}

function encode(
  fields: Readonly<Record<string, string>>,
  encoding: TokenEncoding,
): { contentType: string; body: string } {
  switch (encoding) {
    case 'form':
      return { contentType: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }
    case 'json':
      return { contentType: 'application/json', body: JSON.stringify(fields) }
    case 'multipart':
      return multipart(fields)
  }
}

/** multipart/form-data (RFC 7578), with a boundary that occurs in no value. */
function multipart(fields: Readonly<Record<string, string>>): { contentType: string; body: string } {
  let boundary = 'esign-auth'
  const text = Object.values(fields).join('\n')
  while (text.includes(boundary)) boundary += '-x'
  const quote = (name: string) => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quote(name)}"\r\n\r\n${value}\r\n`,
  )
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: `${parts.join('')}--${boundary}--\r\n` }
}
