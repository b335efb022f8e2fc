import { createHash, randomBytes } from 'node:crypto'
import https from 'node:https'

/** The floor: what one would write by hand, with Basic, a kept-alive agent and no check but the status. */
const nodeHttps = { name: 'floor: node:https by hand', file: 'node-https.mjs', create }
export default nodeHttps

/** The same once more: the A/A check. */
export const again = { ...nodeHttps, name: 'floor, again (A/A)' }

function create({ authorization, token, clientId, clientSecret, redirectUri }) {
  const agent = new https.Agent({ keepAlive: true })
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
  const post = (fields) =>
    new Promise((resolve, reject) => {
      const body = new URLSearchParams(fields).toString()
      const headers = {
        authorization: basic,
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      }
      const request = https.request(token, { method: 'POST', agent, headers }, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`))
          resolve(JSON.parse(Buffer.concat(chunks).toString()))
        })
      })
      request.on('error', reject)
      request.end(body)
    })
  const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }
  const urlOf = (more) => `${authorization}?${new URLSearchParams({ ...query, ...more })}`
  const random = () => randomBytes(32).toString('base64url')
  return {
    url: () => urlOf({ state: random() }),
    urlWithPkce() {
      const challenge = createHash('sha256').update(random()).digest('base64url')
      return urlOf({ state: random(), code_challenge: challenge, code_challenge_method: 'S256' })
    },
    exchange: (code) => post({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
    refresh: (refreshToken) => post({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  }
}
