import { EsignAuthError } from '../oauth/errors.ts'

/**
 * Why `finish` rejected: an {@link EsignAuthError} with the headers that your answer must carry, since they end the
 * cookie of a login that is used up. `cause` is the same error without them.
 */
export class SignInFailure extends EsignAuthError {
  /** `Set-Cookie` and `Cache-Control`. */
  declare readonly headers: Headers

  constructor(vendor: { readonly id: string; readonly name: string }, error: EsignAuthError, headers: Headers) {
    super(error.code, vendor, '', error)
    this.message = error.message
    this.cause = error
    // Not enumerable: nobody needs them in a log.
    Object.defineProperty(this, 'headers', { value: headers })
  }
}
