/** Signs claims as a JWT. */
export type Sign = (claims: Readonly<Record<string, unknown>>) => Promise<string>

type Key = Awaited<ReturnType<typeof import('jose').generateKeyPair>>['privateKey'] | Uint8Array

/** A signer with a key of its own, made when first needed. No page of a fake publishes the key. */
export function createSigner(alg: 'ES256' | 'HS256'): Sign {
  let key: Promise<Key> | undefined
  return async (claims) => {
    const { generateKeyPair, SignJWT } = await import('jose')
    key ??=
      alg === 'HS256'
        ? Promise.resolve(crypto.getRandomValues(new Uint8Array(32)))
        : generateKeyPair(alg).then(({ privateKey }) => privateKey)
    return new SignJWT({ ...claims }).setProtectedHeader({ alg, typ: 'JWT' }).sign(await key)
  }
}
