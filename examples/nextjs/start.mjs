/**
 * `next dev` or `next start` on http://127.0.0.1:$PORT (default 3000); Dropbox Sign takes no callback on `localhost`.
 * Without a vendor's id in the environment or in `.env.local` (AUTH_INSURESIGN_ID, AUTH_DROPBOX_SIGN_ID,
 * AUTH_ESIGNGLOBAL_ID, each with its _SECRET) the sandbox takes the vendors' place: no real account is involved.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { startSandbox } from './sandbox.mjs'

// Where Next.js reads it too, but it does so after the choice below.
if (existsSync('.env.local')) process.loadEnvFile('.env.local')
const { PORT: port = '3000', AUTH_URL: publicUrl = `http://127.0.0.1:${port}` } = process.env
const real = Object.keys(process.env).some((name) => /^AUTH_(INSURESIGN|DROPBOX_SIGN|ESIGNGLOBAL)_ID$/.test(name))
const sandbox = real ? undefined : await startSandbox(publicUrl)
if (sandbox) console.log('It talks to the sandbox: no real account is involved.')

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const child = spawn(process.execPath, [next, process.argv[2] ?? 'start', '--hostname', '127.0.0.1', '--port', port], {
  stdio: 'inherit',
  env: {
    // Of a demo: with a new secret at each start everybody is signed out.
    AUTH_SECRET: randomBytes(32).toString('base64url'),
    NEXT_TELEMETRY_DISABLED: '1',
    ...process.env,
    ...sandbox?.env,
    AUTH_URL: publicUrl,
  },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('exit', async (code) => {
  await sandbox?.close()
  process.exitCode = code ?? 0
})
