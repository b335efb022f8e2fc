import { appendFile } from 'node:fs/promises'
import type { SandboxRequest, SandboxUser } from 'esign-auth/sandbox'
import { inject } from 'vitest'

export type VendorId = 'insuresign' | 'dropbox-sign' | 'esignglobal'

/** An example that runs as a process of its own, and the fake vendors it talks to. */
export interface Stage {
  /** Where browsers reach it. */
  readonly origin: string
  /** Where Auth.js is mounted. */
  readonly basePath: string
  /** What the vendors were asked so far. */
  log(): Promise<readonly SandboxRequest[]>
  /** Sets what the vendors' pages leave open, such as lifetimes. */
  switches(vendor: VendorId, values: object): Promise<void>
  /** Lets every access token of a vendor expire. */
  expire(vendor: VendorId): Promise<void>
  addUser(vendor: VendorId, user: SandboxUser): Promise<void>
  fault(vendor: VendorId, place: 'token' | 'api', fault: object): Promise<void>
  /** What the server printed so far. */
  output(): string
  close(): Promise<void>
}

/** The vendors by their names on buttons, and what their pages say of both requests. */
export const vendors = [
  {
    id: 'insuresign',
    name: 'InsureSign',
    authorize: 'https://sign-auth.insuresign.io/oauth2/authorize',
    asks: ['response_type', 'client_id', 'redirect_uri', 'state'],
    contentType: 'application/x-www-form-urlencoded',
    exchanges: ['grant_type', 'client_id', 'redirect_uri', 'code'],
  },
  {
    id: 'dropbox-sign',
    name: 'Dropbox Sign',
    authorize: 'https://app.hellosign.com/oauth/authorize',
    asks: ['response_type', 'client_id', 'redirect_uri', 'state'],
    contentType: 'application/json',
    exchanges: ['grant_type', 'code', 'state', 'client_id', 'client_secret'],
  },
  {
    id: 'esignglobal',
    name: 'eSignGlobal',
    authorize: 'https://account.esignglobal.com/oauth',
    asks: ['response_type', 'clientId', 'redirectUri', 'scope', 'state'],
    contentType: 'multipart/form-data',
    exchanges: ['grant_type', 'code', 'client_id', 'client_secret'],
  },
] as const

/** Requests that reached a vendor's token endpoint to refresh. */
export function refreshes(log: readonly SandboxRequest[]): SandboxRequest[] {
  return log.filter(({ place, body }) => place === 'token' && body['grant_type'] === 'refresh_token')
}

/** Whatever in the vendors' log must never be seen: tokens, codes, secrets. */
export function secretsIn(log: readonly SandboxRequest[]): Set<string> {
  const all = log.flatMap(({ authorization, body }) => [
    authorization?.header.split(' ')[1],
    body['refresh_token'],
    body['code'],
    body['client_secret'],
  ])
  return new Set(all.filter((each) => each !== undefined && each.length > 8) as string[])
}

/** The secrets that a text gives away. */
export function secretsShown(text: string, log: readonly SandboxRequest[]): string[] {
  const forms = (secret: string) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]
  const known = [...secretsIn(log)].filter((secret) => forms(secret).some((form) => text.includes(form)))
  // A JWT that never reached the vendor would be one too.
  return [...known, ...(text.match(/\beyJ[\w-]{10,}\.[\w-]*\.[\w.-]*/g) ?? [])]
}

/** Notes a figure for the summary. */
export async function note(figure: string): Promise<void> {
  await appendFile(inject('figures'), `${figure}\n`)
}
