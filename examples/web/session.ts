import { createHash } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'

/** Who is signed in. */
export interface Session {
  /** The key of the user, under which the keeper has the tokens. */
  readonly owner: string
  readonly email: string | undefined
}

/** Sessions that live in a sealed cookie, for a day. */
export interface Sessions {
  read(request: Request): Promise<Session | undefined>
  /** The `Set-Cookie` that begins a session, in place of any other. */
  begin(session: Session): Promise<string>
  /** The `Set-Cookie` that ends it. */
  readonly end: string
}

/** `publicUrl` decides whether the cookie is `Secure`. */
export function sealedSessions(secret: string, publicUrl: string): Sessions {
  const key = createHash('sha256').update(secret).digest()
  const secure = publicUrl.startsWith('https:')
  const name = secure ? '__Host-session' : 'session'
  const set = (value: string, seconds: number) =>
    `${name}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return {
    async read(request) {
      const cookies = (request.headers.get('cookie') ?? '').split('; ')
      const sealed = cookies.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
      if (!sealed) return undefined
      return jwtDecrypt<Session>(sealed, key).then(
        ({ payload: { owner, email } }) => ({ owner, email }),
        () => undefined,
      )
    },
    async begin(session) {
      const jwt = new EncryptJWT({ ...session }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      return set(await jwt.setExpirationTime('1 day').encrypt(key), 86_400)
    },
    end: set('', 0),
  }
}
