import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { ablationPlugin } from './test/keeper/fuzz/ablation-plugin.ts'

/** Tests that take long, or want a browser, servers or processes of their own: `npm run test:all` runs them with the rest. */
const long = [
  'test/keeper/fuzz/**',
  'test/**/*fuzz*.test.ts',
  'test/fleet/**',
  'test/servers/**',
  'test/keeper/{postgres,redis,sqlite}-*.test.ts',
  'test/keeper/{express,many-flights,on-stores}.test.ts',
  'test/**/*{browser,stampede}.test.ts',
  'test/examples/{accessible-pages,express-once,express-start,quick-start,worker}.test.ts',
  'test/cli/**',
  'test/security/{answers,package,planted-cookies,traffic}.test.ts',
  'test/authjs/{adapter,answers,callback,every-vendor,refresh,token-request,types}.test.ts',
  'test/oauth/prepared-urls.test.ts',
  'test/web/{callback,every-vendor}.test.ts',
  'test/{compat/**,differential.test.ts}',
]

/**
 * `npm test` is what a contributor waits for. `npm run test:all` sets `ESIGN_AUTH_TESTS=all` and runs everything; so does a
 * run that names files or folders, for those.
 */
const all = process.env['ESIGN_AUTH_TESTS'] === 'all' || process.argv.some((argument) => /^test\b/.test(argument))

const config: ViteUserConfig = defineConfig({
  // Examples and tests import `esign-auth/…` as users do, straight from the source.
  plugins: [ablationPlugin()],
  resolve: { conditions: ['esign-auth:source'] },
  ssr: { resolve: { conditions: ['esign-auth:source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // Those of test/e2e install and build programs of their own: `npm run test:e2e`.
    exclude: ['test/e2e/**', ...(all ? [] : long)],
    // Vitest's own default leaves a core to the servers and browsers of the long tests; the others need none.
    ...(all ? { globalSetup: 'test/servers/needs.ts' } : { maxWorkers: '100%' }),
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
  },
})

export default config
