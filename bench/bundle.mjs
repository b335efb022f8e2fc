import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/**
 * What a program weighs in bytes once esbuild has bundled, minified and gzipped it; what it loads on demand, in a chunk
 * of its own, does not count.
 *
 * @param code its source; imports are resolved from `folder`.
 */
export async function weigh(code, folder) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  const first = new Set(['out/stdin.js'])
  for (const name of first) {
    for (const { path, kind } of metafile.outputs[name].imports) {
      if (kind === 'import-statement' && path in metafile.outputs) first.add(path)
    }
  }
  const parts = outputFiles.filter(({ path }) => [...first].some((name) => path.endsWith(name)))
  const bytes = Buffer.concat(parts.map(({ contents }) => contents))
  return { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length }
}

/** A program that can log in at and refresh tokens of so many of our vendors. */
export function programOf(vendors) {
  const clients = vendors.map((vendor) => `createClient(${vendor}, { clientId: 'a', clientSecret: 'b' })`)
  return `import { createClient, ${vendors.join(', ')} } from 'esign-auth'
    export const clients = [${clients.join(', ')}]`
}
