import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vendors } from 'esign-auth'
import { renew } from './tables.ts'

// `npm run docs:vendors`: writes the parts of docs/vendors/*.md that the definitions tell.
for (const vendor of vendors) {
  const path = join(import.meta.dirname, 'vendors', `${vendor.id}.md`)
  writeFileSync(path, renew(readFileSync(path, 'utf8'), vendor))
}
