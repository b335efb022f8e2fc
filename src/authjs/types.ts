/**
 * Types of `session.esign` and of the JWT's `esign`, for applications that want them everywhere:
 * `import 'esign-auth/authjs/types'` once.
 */
import type {} from '@auth/core/jwt'
import type {} from '@auth/core/types'
import type { EsignSession, EsignToken } from './session.ts'

declare module '@auth/core/types' {
  interface Session {
    /** Where this user's tokens are kept: a target for `keeper.fetch`. Never a token. */
    esign?: EsignSession
  }
}

declare module '@auth/core/jwt' {
  interface JWT {
    /** The link to this user's tokens. Leave it as it is. */
    esign?: EsignToken
  }
}
