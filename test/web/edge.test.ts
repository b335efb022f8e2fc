import { build, type Metafile } from 'esbuild'
import { createSandbox } from 'esign-auth/sandbox'
import type * as Web from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { callbackUrl, site } from './app.ts'

const root = new URL('../..', import.meta.url).pathname

/** What a program that signs in on the edge is bundled to: Node's modules cannot be resolved there, nor its globals used. */
async function bundle(condition: string): Promise<{ code: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export { createSignIn } from 'esign-auth/web'
        export { dropboxSign } from 'esign-auth'`,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['esign-auth:source', condition],
    define: { process: 'undefined', Buffer: 'undefined', global: 'undefined', setImmediate: 'undefined' },
    write: false,
    metafile: true,
    logLevel: 'silent',
  })
  return { code: outputFiles[0]?.text ?? '', metafile }
}

type Bundled = Pick<typeof Web, 'createSignIn'> & { readonly dropboxSign: typeof import('esign-auth').dropboxSign }

describe.each(['edge-light', 'workerd', 'browser'])('where there is nothing but fetch (%s)', (condition) => {
  it('reaches nothing of Node, and neither keeper, strategies nor providers', async () => {
    const { metafile } = await bundle(condition)
    const files = Object.keys(metafile.inputs)
    expect(files.filter((file) => /node:|src\/(keeper|passport|authjs|sandbox)\//.test(file))).toEqual([])
    const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
    expect(imported.filter(({ external }) => external)).toEqual([])
  })

  it('signs in', async () => {
    const { code } = await bundle(condition)
    const { createSignIn, dropboxSign }: Bundled = await import(`data:text/javascript,${encodeURIComponent(code)}`)
    const sandbox = createSandbox()
    const { client, users } = sandbox.vendors['dropbox-sign']
    client.redirectUris.push(callbackUrl)
    const { clientId, clientSecret } = client
    const signIn = createSignIn(dropboxSign, {
      ...{ clientId, clientSecret, callbackUrl, postCallback: true, fetch: sandbox.fetch },
    })
    for (const method of ['GET', 'POST']) {
      const begun = await signIn.begin(new Request(`${site}/login`))
      const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
      const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
      const body = method === 'POST' ? new URL(url).searchParams : null
      const target = body ? callbackUrl : url
      const { identity } = await signIn.finish(new Request(target, { method, body, headers: { cookie } }))
      expect(identity?.id).toBe(users[0]?.id)
    }
  })
})
