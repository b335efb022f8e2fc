import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  // Examples and tests import `esign-auth/…` as users do, straight from the source.
  resolve: { conditions: ['esign-auth:source'] },
  ssr: { resolve: { conditions: ['esign-auth:source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/servers/needs.ts',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    coverage: { include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
  },
})

export default config
