const inside = 'only inside a whole request, see the login'

/** Has no call for any of it: all happens inside `Auth(request)`. */
export default {
  name: '@auth/core',
  file: 'auth-core.mjs',
  create: () => ({}),
  missing: { url: inside, urlWithPkce: inside, exchange: inside, refresh: 'does not refresh' },
}
