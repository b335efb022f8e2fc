import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The examples with dependencies of their own, installed from the packed package as their users install it. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/e2e/*.test.ts'],
    globalSetup: ['test/e2e/install.ts'],
    // Every file starts servers and a browser.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

export default config
