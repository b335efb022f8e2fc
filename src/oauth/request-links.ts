/** A grant that a sign-in has just handed to the keeper, and whose it is. */
export interface RequestLink {
  readonly grant: string
  readonly generation: number
  /** Key of the application's user. */
  readonly owner: string
  /** Connected to a user who was signed in already, so that the session keeps its other links. */
  readonly connected: boolean
}

/** What sign-ins hang on their request for whoever writes the session, by vendor id. */
export type RequestLinks = Map<string, RequestLink>

const name = Symbol.for('esign-auth.links')

/** The links hung on a request. Two halves of the package meet here without importing each other. */
export function linksOn(req: object): RequestLinks {
  const holder = req as { [name]?: RequestLinks }
  holder[name] ??= new Map()
  return holder[name]
}
