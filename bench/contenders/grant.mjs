const inside = 'only inside a whole request, see the login'

/** Has no call for any of it: all happens inside its middleware. */
export default {
  name: 'grant',
  file: 'grant.mjs',
  create: () => ({}),
  missing: { url: inside, urlWithPkce: inside, exchange: inside, refresh: 'does not refresh' },
}
