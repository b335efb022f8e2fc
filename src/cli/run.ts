import { vendors } from '../vendors/index.ts'
import { check, checkUsage } from './check.ts'
import { sandbox, sandboxUsage } from './sandbox.ts'
import { type Terminal, UsageError } from './terminal.ts'

const usage = `esign-auth: the command line of the package esign-auth

  npx esign-auth sandbox [vendor …] [options]   fakes of the vendors on this machine, to sign in without an account
  npx esign-auth check <vendor> [options]       what your environment says of a vendor, what is missing, what to register

Vendors: ${vendors.map(({ id }) => id).join(', ')}

Each command has --help. Exit codes: 0 fine, 1 something is missing or wrong, 2 wrong usage, 3 the vendor refused,
4 no answer from the vendor.
`

/** Runs the command line and resolves to its exit code. Never rejects. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [command, ...rest] = args
  const wantsHelp = rest.includes('--help') || rest.includes('-h')
  try {
    if (command === 'sandbox') return wantsHelp ? print(terminal, sandboxUsage) : await sandbox(rest, terminal)
    if (command === 'check') return wantsHelp ? print(terminal, checkUsage) : await check(rest, terminal)
    if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
      return print(terminal, usage)
    }
    throw new UsageError(`There is no command ${JSON.stringify(command)}: the commands are sandbox and check.`)
  } catch (error) {
    const known = error instanceof UsageError || isParseError(error)
    terminal.err(known ? `${(error as Error).message}\nMore with --help.\n` : `${(error as Error)?.stack ?? error}\n`)
    return known ? 2 : 1
  }
}

function print({ out }: Terminal, text: string): number {
  out(text)
  return 0
}

/** What `parseArgs` throws for options that do not exist, or come without their value. */
function isParseError(error: unknown): boolean {
  return String((error as { code?: unknown } | undefined)?.code).startsWith('ERR_PARSE_ARGS')
}
