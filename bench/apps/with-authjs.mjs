/** What the two Auth.js applications share: everything but the provider. */
export const common = {
  secret: 'a-secret-of-thirty-two-characters',
  trustHost: true,
  basePath: '/auth',
  logger: { error() {}, warn() {}, debug() {} },
}
