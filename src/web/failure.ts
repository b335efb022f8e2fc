import { EsignAuthError } from '../oauth/errors.ts'

/**
 * Why `finish` rejected: an {@link EsignAuthError} with the headers that your answer must carry, since they end the
 * cookie of a login that is used up. `cause` is the same error without them.
 */
export class SignInFailure extends EsignAuthError {
  /** `Set-Cookie` and `Cache-Control`. */
  declare readonly headers: Headers

  constructor(vendor: { readonly id: string; readonly name: string }, error: EsignAuthError, headers: Headers) {
    // Now, because the stack quotes the message that the error was made with.
    super(error.code, vendor, error.message.replace(`${vendor.name}: `, ''), error)
    // As `Error` does it: not enumerable.
    Object.defineProperty(this, 'cause', { value: error, configurable: true, writable: true })
    // Not enumerable: nobody needs them in a log.
    Object.defineProperty(this, 'headers', { value: headers })
  }
}
