import { sqliteStore } from 'esign-auth/keeper'
import Database from 'libsql'

/** A process that adds one to a record in a SQLite file, so many times; told by its arguments. */
const [file = '', count = ''] = process.argv.slice(2)
const store = sqliteStore(new Database(file))

for (let done = 0; done < Number(count); ) {
  try {
    if (await add()) done++
  } catch (error) {
    // The others were at it for two seconds: nothing was done, so that it may be tried again.
    if (!String(error).includes('locked')) throw error
  }
}

async function add(): Promise<boolean> {
  const found = await store.get('sum')
  // A value is its number again and again, so that half of one would show.
  const [sum] = new TextDecoder().decode(found?.value).split(',')
  const next = new TextEncoder().encode(Array.from({ length: 2_000 }, () => Number(sum) + 1).join())
  return (await store.compareAndSwap('sum', next, found?.version)) !== undefined
}
