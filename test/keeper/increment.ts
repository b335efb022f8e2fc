import { sqliteStore } from 'esign-auth/keeper'
import Database from 'libsql'

/** A process that adds one to a record in a SQLite file, so many times; told by its arguments. */
const [file = '', count = ''] = process.argv.slice(2)
const store = sqliteStore(new Database(file))
const decoder = new TextDecoder()

for (let done = 0; done < Number(count); ) {
  const found = await store.get('sum')
  // A value is its number again and again, so that half of one would show.
  const [sum] = decoder.decode(found?.value).split(',')
  const next = new TextEncoder().encode(Array.from({ length: 2_000 }, () => Number(sum) + 1).join())
  if ((await store.compareAndSwap('sum', next, found?.version)) !== undefined) done++
}
