import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { plan } from './plan.mjs'

const file = process.env['ESIGN_AUTH_MUTATED'] as keyof typeof plan

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ['esign-auth:source'] },
  ssr: { resolve: { conditions: ['esign-auth:source'] } },
  test: {
    include: (plan[file] ?? []).map((name) => `test/${name}.test.ts`),
    testTimeout: 12_000,
  },
})

export default config
