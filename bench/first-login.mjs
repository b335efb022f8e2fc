/**
 * A fresh process that imports one contender and exchanges one code: `first-login.mjs <contender file> <origin>`; prints
 * milliseconds since the process began, after the import and after the login, and its CPU. Started by sections/cold.mjs.
 */
const [file, origin] = process.argv.slice(2)
const { default: contender } = await import(`./contenders/${file}`)
const imported = performance.now()
const client = contender.create({
  authorization: `${origin}/authorize`,
  token: `${origin}/token`,
  userinfo: `${origin}/userinfo`,
  origin,
  path: '',
  clientId: 'first-login',
  clientSecret: 'a-secret-of-usual-length-a-secret-of-usual-length',
  redirectUri: 'https://app.example/callback',
})
await client.exchange('a-code')
const done = performance.now()
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ imported, done, cpu: (user + system) / 1000 }))
process.exit()
