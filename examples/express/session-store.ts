import type { VersionedStore } from 'esign-auth/keeper'
import { type SessionData, Store } from 'express-session'

const idleMs = 30 * 86_400_000

/**
 * Sessions beside the tokens, in whichever store the processes of this example share. It saves the example three packages:
 * an app of your own takes connect-redis or connect-pg-simple. A session holds who signed in and a link to their tokens,
 * never the tokens, so that an older copy that is saved later undoes no refresh.
 */
export function sessionsIn(store: VersionedStore): Store {
  return new SessionsInStore(store)
}

class SessionsInStore extends Store {
  readonly #store: VersionedStore

  constructor(store: VersionedStore) {
    super()
    this.#store = store
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const read = async () => {
      const found = await this.#store.get(keyOf(id))
      return found ? (JSON.parse(new TextDecoder().decode(found.value)) as SessionData) : null
    }
    read().then((session) => done(null, session), done)
  }

  /** express-session lets the last save win. */
  override set(id: string, session: SessionData, done: (error?: unknown) => void = () => {}): void {
    const bytes = new TextEncoder().encode(JSON.stringify(session))
    const write = async () => {
      for (;;) {
        const { version } = (await this.#store.get(keyOf(id))) ?? {}
        if ((await this.#store.compareAndSwap(keyOf(id), bytes, version, { ttlMs: idleMs })) !== undefined) return
      }
    }
    write().then(() => done(), done)
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    this.#store.delete(keyOf(id)).then(() => done(), done)
  }
}

function keyOf(id: string): string {
  return `session:${id}`
}
