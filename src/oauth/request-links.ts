import type { Client } from './client.ts'

/** A grant that a sign-in has just handed to the keeper, and whose it is. */
export interface RequestLink {
  readonly grant: string
  readonly generation: number
  /** See {@link ownerText}. */
  readonly owner: string
  /** Connected to a user who was signed in already, so that the session keeps its other links. */
  readonly connected: boolean
}

/** Links that sign-ins attach to their request for the code that writes the session, by vendor id. */
export type RequestLinks = Map<string, RequestLink>

const name = Symbol.for('esign-auth.links')

/**
 * A user of one client as text. It names the client too, since strategies of one vendor may each have their own `owner`,
 * and one key may then mean two people.
 */
export function ownerText(client: Pick<Client, 'vendor' | 'clientId' | 'region'>, key: string): string {
  return JSON.stringify([client.vendor.id, client.clientId, client.region, key])
}

/** The links hung on a request. Two halves of the package meet here without importing each other. */
export function linksOn(req: object): RequestLinks {
  const holder = req as { [name]?: RequestLinks }
  holder[name] ??= new Map()
  return holder[name]
}
