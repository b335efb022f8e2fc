import type { AuthConfig } from '@auth/core'
import { printDebug, printError } from './print-log.ts'
import type { Context } from './runtime.ts'
import { isLeaving, leaveFor } from './start-login.ts'

type Logger = NonNullable<AuthConfig['logger']> & { error(error: Error): void }

/** Members of what Auth.js shows to a logger that hold secrets. */
const secret =
  /^(access_token|refresh_token|id_token|clientSecret|client_secret|secret|code|code_verifier|state|value|cookie|copy|csrfToken|sessionToken)$/i

/**
 * The application's logger, or one like Auth.js's own, with two differences: it is told why a sign-in ended instead of
 * "OAuth Provider returned an error", and it is shown no secrets. It is also the only place where Auth.js shows the
 * authorization URL before it leaves, which is where ours takes its place.
 */
export function guardedLogger(given: AuthConfig, current: () => Context | undefined): Logger {
  const { error = printError, debug = given.debug ? printDebug : undefined, ...more } = given.logger ?? {}
  return {
    ...more,
    error: (thrown) => error((failureIn(current()) as Error | undefined) ?? thrown),
    debug(message, metadata) {
      const context = current()
      if (context?.kind === 'start' && isLeaving(context, metadata)) leaveFor(context, metadata)
      debug?.(message, withoutSecrets(metadata))
    },
  }
}

/** Why the sign-in at hand failed, as far as we know. */
export function failureIn(context: Context | undefined): unknown {
  return context && context.kind !== 'route' ? context.failure : undefined
}

function withoutSecrets(metadata: unknown): unknown {
  const seen = new WeakSet<object>()
  const hide = (name: string, value: unknown) => {
    if (secret.test(name) && value !== undefined && value !== null) return '[hidden]'
    // A URL as well, which is text by now. Its query holds state or code.
    if (typeof value === 'string') return /^https?:/.test(value) ? value.split('?', 1)[0] : value
    // Of an adapter's method; one that is plain text is a session token or an id.
    if (name === 'args' && Array.isArray(value)) return value.map((arg) => (typeof arg === 'string' ? '[hidden]' : arg))
    if (typeof value === 'object' && value !== null) {
      if (seen.has(value)) return '[again]'
      seen.add(value)
    }
    return value
  }
  try {
    return metadata === undefined ? undefined : JSON.parse(JSON.stringify(metadata, hide))
  } catch {
    return '[unreadable]'
  }
}
