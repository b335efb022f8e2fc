/** Writes where Auth.js's own logger does; an application that wants another place gives `logger`. */
export function printError(thrown: Error): void {
  const { cause } = thrown as { readonly cause?: { readonly err?: unknown } }
  // biome-ignore lint/suspicious/noConsole: stands in for Auth.js's default logger
  console.error(`[auth][error] ${thrown.stack ?? thrown}`)
  // biome-ignore lint/suspicious/noConsole: stands in for Auth.js's default logger
  if (cause?.err instanceof Error) console.error(`[auth][cause] ${cause.err.stack}`)
}

/** The same for what is only told on request. */
export function printDebug(message: string, metadata?: unknown): void {
  // biome-ignore lint/suspicious/noConsole: stands in for Auth.js's default logger
  console.log(`[auth][debug] ${message}`, JSON.stringify(metadata, null, 2))
}
