import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { ablationPlugin } from './test/keeper/fuzz/ablation-plugin.ts'

const config: ViteUserConfig = defineConfig({
  // Examples and tests import `esign-auth/…` as users do, straight from the source.
  plugins: [ablationPlugin()],
  resolve: { conditions: ['esign-auth:source'] },
  ssr: { resolve: { conditions: ['esign-auth:source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // They install and build programs of their own: `npm run test:e2e`.
    exclude: ['test/e2e/**'],
    globalSetup: 'test/servers/needs.ts',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
  },
})

export default config
