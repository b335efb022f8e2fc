import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/.bin/tsc')
let consumer: string

/** A project of somebody who installed the package: our declarations, and links to its peers. */
beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'esign-auth-types-'))
  const installed = join(consumer, 'node_modules/esign-auth')
  await mkdir(installed, { recursive: true })
  await cp(join(root, 'package.json'), join(installed, 'package.json'))
  const modules = join(root, 'node_modules')
  for (const name of ['@auth', '@types', '@panva', 'oauth4webapi', 'jose', 'undici-types', 'preact']) {
    await symlink(join(modules, name), join(consumer, 'node_modules', name))
  }
  await promisify(execFile)(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')], { cwd: root })
  for (const [name, text] of Object.entries(files)) await writeFile(join(consumer, name), text)
}, 60_000)
afterAll(() => rm(consumer, { recursive: true }))

const files = {
  'package.json': '{ "type": "module" }',
  'app.ts': `
    import { ExpressAuth, getSession } from '@auth/express'
    import type { Session } from '@auth/core/types'
    import { DropboxSign, ESignGlobal, esignConfig, InsureSign, providerFor, withEsign } from 'esign-auth/authjs'
    import { defineVendor } from 'esign-auth'
    import { createTokenKeeper } from 'esign-auth/keeper'

    type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
    const yes = <T extends true>(): T | undefined => undefined

    const keeper = createTokenKeeper()
    export const middleware = withEsign(ExpressAuth, {
      providers: [InsureSign, DropboxSign, ESignGlobal({ region: 'eu1' }), InsureSign({ id: 'old', legacy: true })],
      callbacks: {
        jwt({ token, account, trigger }) {
          yes<Equal<typeof token.name, string | null | undefined>>()
          account?.providerAccountId.toUpperCase()
          trigger?.toUpperCase()
          return token
        },
        session: ({ session, token }) => ({ ...session, sub: token.sub }),
        signIn: ({ user }) => typeof user.email === 'string',
        redirect: ({ url, baseUrl }) => (url.startsWith('/') ? baseUrl + url : baseUrl),
      },
      events: { signIn({ user }) { user.id?.toUpperCase() } },
    }, { keeper })
    yes<Equal<typeof middleware, ReturnType<typeof ExpressAuth>>>()

    // @ts-expect-error -- no such region
    ESignGlobal({ region: 'mars' })
    // @ts-expect-error -- a vendor needs no other's setting
    DropboxSign({ region: 'eu1' })
    // @ts-expect-error -- not a config
    withEsign(ExpressAuth, { provider: [] })

    const config = esignConfig<Parameters<typeof ExpressAuth>[0]>({
      providers: [InsureSign],
      callbacks: { jwt: ({ token }) => token },
    })
    withEsign(ExpressAuth, config)
    export const read = async (req: Parameters<typeof getSession>[0]): Promise<Session | null> => getSession(req, config)

    export const Acme = providerFor(defineVendor<{ readonly region: 'eu' | 'us' }>({
      id: 'acme', name: 'Acme', identity: 'none', pkce: 'unknown', rotation: 'unknown',
      endpoints: ({ region }) => ({ authorization: 'https://' + region, token: 'https://' + region }),
      api: () => [],
      token: { credentials: 'body', encoding: 'form', fields: { authorization_code: ['grant_type', 'code'] } },
    }))
    Acme({ region: 'us', profile: (profile, tokens) => ({ id: String(profile.sub) + tokens.access_token }) })
  `,
  'next.ts': `
    import type { AuthConfig } from '@auth/core'
    import { InsureSign, withEsign } from 'esign-auth/authjs'

    // The signature of next-auth 5.0.0-beta.32, as far as it matters here.
    interface NextAuthResult {
      handlers: Record<'GET' | 'POST', (request: Request) => Promise<Response>>
      auth: (...args: []) => Promise<object | null>
      signIn: <R extends boolean = true>(provider?: string, options?: { redirect?: R }) => Promise<R extends false ? string : never>
    }
    interface NextAuthConfig extends Omit<AuthConfig, 'raw'> {}
    declare function NextAuth(
      config: NextAuthConfig | ((request: Request | undefined) => NextAuthConfig | Promise<NextAuthConfig>),
    ): NextAuthResult

    export const { handlers, auth, signIn } = withEsign(NextAuth, {
      providers: [InsureSign],
      callbacks: { session: ({ session, token }) => ({ ...session, sub: token.sub }) },
    })
    export const lazy: NextAuthResult = withEsign(NextAuth, async (request) => ({
      providers: [InsureSign({ name: request?.url ?? 'none' })],
      callbacks: { jwt: ({ token }) => token },
    }))
    export const url: Promise<string> = signIn('insuresign', { redirect: false })
  `,
  'with.ts': `
    import 'esign-auth/authjs/types'
    import type { JWT } from '@auth/core/jwt'
    import type { Session } from '@auth/core/types'
    import type { EsignSession } from 'esign-auth/authjs'
    import { createTokenKeeper } from 'esign-auth/keeper'

    export const call = (session: Session) => session.esign && createTokenKeeper().fetch(session.esign, '/v3/account')
    export const why = ({ esign }: Session): 'revoked' | undefined => (esign?.error === 'revoked' ? 'revoked' : undefined)
    export const link = ({ esign }: JWT): EsignSession | undefined => esign
    // @ts-expect-error -- a session holds no token
    export const token = ({ esign }: Session) => esign?.copy
  `,
  'without.ts': `
    import type { Session } from '@auth/core/types'
    // @ts-expect-error -- the augmentation is opt-in
    export const link = (session: Session) => session.esign
  `,
}

const compile = (name: string, module: 'bundler' | 'nodenext', more: string[] = []) =>
  promisify(execFile)(
    tsc,
    [
      ...[
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--exactOptionalPropertyTypes',
        '--target',
        'es2023',
        '--types',
        'node',
      ],
      ...(module === 'nodenext' ? ['--module', 'nodenext'] : ['--module', 'esnext', '--moduleResolution', 'bundler']),
      ...more,
      name,
    ],
    { cwd: consumer },
  ).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  )

describe.each(['bundler', 'nodenext'] as const)('a consumer under TypeScript 7, strict, %s', (module) => {
  it.each(['app.ts', 'next.ts', 'with.ts', 'without.ts'])('compiles %s', async (name) => {
    expect(await compile(name, module)).toBe('')
  })

  it('compiles without exactOptionalPropertyTypes, and with the augmentation beside everything else', async () => {
    expect(await compile('app.ts', module, ['--exactOptionalPropertyTypes', 'false', 'next.ts', 'with.ts'])).toBe('')
  })
})
