import { expect, it } from 'vitest'
import { startExample } from './run-example.ts'

it('the worker, a process of its own, acts for people who are not there, past the life of their access tokens', async () => {
  const { code, stdout, stderr } = await startExample('worker/main.ts').ended
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual([
    'Round 1: Grace Osei has 3 documents',
    'Round 1: Jonas Lindqvist has 3 documents',
    'Round 2: Grace Osei has 3 documents',
    'Round 2: Jonas Lindqvist has 3 documents',
    'Round 3: Grace Osei has 3 documents',
    'Round 3: Jonas Lindqvist has to sign in again',
  ])
  expect(code).toBe(0)
})
