import type { Adapter, AdapterAccount, AdapterSession, AdapterUser } from '@auth/core/adapters'

/** A database of Auth.js in memory: what it requires of an adapter for OAuth sign-ins, and no more. */
export interface MemoryDatabase {
  readonly adapter: Adapter
  readonly users: Map<string, AdapterUser>
  readonly accounts: AdapterAccount[]
  readonly sessions: Map<string, AdapterSession>
}

export function memoryDatabase(): MemoryDatabase {
  const users = new Map<string, AdapterUser>()
  const accounts: AdapterAccount[] = []
  const sessions = new Map<string, AdapterSession>()
  const adapter: Adapter = {
    async createUser(user) {
      const made = { ...user, id: crypto.randomUUID(), passwordHash: 'a column of the application' }
      users.set(made.id, made)
      return made
    },
    async getUser(id) {
      return users.get(id) ?? null
    },
    async getUserByEmail(email) {
      return [...users.values()].find((user) => user.email === email) ?? null
    },
    async getUserByAccount({ provider, providerAccountId }) {
      const found = accounts.find((one) => one.provider === provider && one.providerAccountId === providerAccountId)
      return (found && users.get(found.userId)) ?? null
    },
    async updateUser(user) {
      const made = { ...users.get(user.id), ...user } as AdapterUser
      users.set(user.id, made)
      return made
    },
    async linkAccount(account) {
      accounts.push(account)
    },
    async createSession(session) {
      sessions.set(session.sessionToken, session)
      return session
    },
    async getSessionAndUser(sessionToken) {
      const session = sessions.get(sessionToken)
      const user = session && users.get(session.userId)
      return session && user ? { session: { ...session }, user: { ...user } } : null
    },
    async updateSession(session) {
      const made = { ...sessions.get(session.sessionToken), ...session } as AdapterSession
      sessions.set(session.sessionToken, made)
      return made
    },
    async deleteSession(sessionToken) {
      sessions.delete(sessionToken)
    },
  }
  return { adapter, users, accounts, sessions }
}
