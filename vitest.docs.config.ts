import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The pages of docs/ that begin with an empty folder, followed to the letter. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/docs/*.e2e.ts'],
    globalSetup: ['test/docs/pack.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
  },
})

export default config
