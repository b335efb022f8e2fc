/** Signs claims as a JWT. */
export type Sign = (claims: Readonly<Record<string, unknown>>) => Promise<string>

type Key = Awaited<ReturnType<typeof import('jose').generateKeyPair>>['privateKey']

/** A signer with a key of its own, made when first needed. No page of a fake publishes the key. */
export function createSigner(): Sign {
  let key: Promise<Key> | undefined
  return async (claims) => {
    const { generateKeyPair, SignJWT } = await import('jose')
    key ??= generateKeyPair('ES256').then(({ privateKey }) => privateKey)
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(await key)
  }
}
