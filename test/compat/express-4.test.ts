import { expect, it, vi } from 'vitest'

// The tests of the strategy once more, from the same files, for all that a host has a part in.
vi.mock('express', async () => {
  // @ts-expect-error -- Express 4 under another name, which has no types
  const { default: express } = await import('express4')
  return { default: express, ...express }
})

await import('../passport/sign-in.test.ts')
await import('../passport/state.test.ts')
await import('../passport/callback.test.ts')
await import('../passport/post-callback.test.ts')
await import('../passport/cookies.test.ts')
await import('../passport/sessions.test.ts')
await import('../passport/authorize.test.ts')

it('this is Express 4', async () => {
  const { default: express } = await import('express')
  expect(express()).toHaveProperty('lazyrouter')
})
