import type { SandboxUser } from './fake.ts'

/** Three people with accounts, the same in every sandbox. */
export function createUsers(): SandboxUser[] {
  return [
    { id: '6f1e2a54-0c3b-4f0e-9a57-2d8b3c1f7e01', name: 'Grace Osei', email: 'grace@example.com' },
    { id: 'b27d9c80-5e41-4d6a-8f13-7a90e4c6d202', name: 'Jonas Lindqvist', email: 'jonas@example.com' },
    { id: 'e8430b1f-96a7-4c25-b0de-51f7a2839c03', name: 'Mei Tanaka', email: 'mei@example.com' },
  ]
}
