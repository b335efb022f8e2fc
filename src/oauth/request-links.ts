/** What a sign-in hangs on its request, for whoever writes the session: grants by vendor id. */
export type RequestLinks = Map<string, { readonly grant: string; readonly generation: number }>

const name = Symbol.for('esign-auth.links')

/** The links hung on a request, made when first asked for. Two halves of the package meet here without knowing each other. */
export function linksOn(req: object): RequestLinks {
  const holder = req as { [name]?: RequestLinks }
  holder[name] ??= new Map()
  return holder[name]
}
