import http from 'node:http'

/** A browser as small as one can be: cookies of one site, no redirects followed. One per login. */
export function createBrowser(base, agent) {
  const cookies = new Map()
  return {
    get: (path) => ask('GET', path),
    post: (path, fields) => ask('POST', path, new URLSearchParams(fields).toString()),
  }

  function ask(method, path, body) {
    return new Promise((resolve, reject) => {
      const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
      if (body !== undefined) {
        headers['content-type'] = 'application/x-www-form-urlencoded'
        headers['content-length'] = Buffer.byteLength(body)
      }
      const request = http.request(new URL(path, base), { method, agent, headers }, (response) => {
        for (const line of response.headers['set-cookie'] ?? []) keep(line)
        let text = ''
        response.on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, text }))
      })
      request.on('error', reject)
      request.end(body)
    })
  }

  function keep(line) {
    const pair = line.slice(0, `${line};`.indexOf(';'))
    const name = pair.slice(0, pair.indexOf('='))
    if (/max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(name)
    else cookies.set(name, pair.slice(pair.indexOf('=') + 1))
  }
}
