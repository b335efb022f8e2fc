import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as entry from 'esign-auth'
import { vendors } from 'esign-auth'
import { programOf, weigh } from '../bundle.mjs'
import { goal, kib } from '../figures.mjs'
import { section } from '../section.mjs'

const here = join(import.meta.dirname, '..')
const namesOfVendors = Object.entries(entry).flatMap(([name, value]) => (vendors.includes(value) ? name : []))

/** A program that can log in and refresh with each, everything it keeps and nothing else; sizes do not depend on the day. */
const programs = [
  ['esign-auth', programOf(['insureSign'])],
  ['esign-auth/passport', `import { InsureSignStrategy } from 'esign-auth/passport'; export { InsureSignStrategy }`],
  ['passport-oauth2', `import Strategy from 'passport-oauth2'; export { Strategy }`],
  [
    'openid-client',
    `import * as c from 'openid-client'; export const f = [c.Configuration, c.ClientSecretBasic, c.buildAuthorizationUrl, c.authorizationCodeGrant, c.refreshTokenGrant, c.randomState]`,
  ],
  [
    'oauth4webapi',
    `import * as o from 'oauth4webapi'; export const f = [o.ClientSecretBasic, o.validateAuthResponse, o.authorizationCodeGrantRequest, o.processAuthorizationCodeResponse, o.refreshTokenGrantRequest, o.processRefreshTokenResponse, o.generateRandomState]`,
  ],
  ['arctic', `import { OAuth2Client, generateState } from 'arctic'; export { OAuth2Client, generateState }`],
  ['simple-oauth2', `import { AuthorizationCode } from 'simple-oauth2'; export { AuthorizationCode }`],
  ['@badgateway/oauth2-client', `import { OAuth2Client } from '@badgateway/oauth2-client'; export { OAuth2Client }`],
  ['@auth/core', `import { Auth } from '@auth/core'; export { Auth }`],
  ['grant', `import grant from 'grant'; export { grant }`],
]

await section(async () => {
  const rows = []
  for (const [name, code] of programs) rows.push({ name, ...(await weighed(code)), ...installedSize(name) })
  const grown = []
  for (let count = 1; count <= namesOfVendors.length; count++) {
    grown.push([count, (await weigh(programOf(namesOfVendors.slice(0, count)), here)).gzipped])
  }
  const [[, one]] = grown
  const more = grown.length > 1 ? Math.round((grown.at(-1)[1] - one) / (grown.length - 1)) : 0
  return {
    title: 'Size',
    text: [
      'One vendor with login and refresh, bundled by esbuild, minified and gzipped, without what is loaded on demand; and what an install puts on the disk, with everything it depends on. Peers that an application brings itself are not counted.',
      `Ours for ${grown.length} vendors: ${kib(grown.at(-1)[1])}, that is ${more} B for each further one.`,
    ],
    tables: [
      {
        columns: ['', 'minified', 'gzipped', 'installed', 'packages'],
        rows: rows.map(({ name, minified, gzipped, why, bytes, packages }) => [
          name,
          gzipped ? kib(minified) : '–',
          gzipped ? kib(gzipped) : '–',
          `${Math.round(bytes / 1024).toLocaleString('en-US')} KiB`,
          packages + (why ? ` (${why})` : ''),
        ]),
        notes: rows.filter(({ fault }) => fault).map(({ name, fault }) => `${name}: cannot be bundled, ${fault}`),
      },
    ],
    charts: [
      {
        kind: 'bars',
        title: 'One vendor, minified and gzipped',
        unit: 'KiB',
        bars: rows
          .filter(({ gzipped }) => gzipped)
          .map(({ name, gzipped }) => ({
            label: name,
            ours: name.startsWith('esign-auth'),
            median: gzipped / 1024,
            low: gzipped / 1024,
            high: gzipped / 1024,
          })),
      },
      {
        kind: 'curve',
        title: 'Size as vendors grow',
        x: 'vendors',
        unit: 'B',
        series: [{ label: 'esign-auth, gzipped', ours: true, points: grown }],
      },
    ],
    goals: [
      goal(
        'one vendor with login and refresh, gzipped',
        '≤ 5 KiB',
        kib(one),
        one <= 5 * 1024,
        "checks: of options with a remedy in each message, of callbacks, of answers, of what an error may repeat, and who signed in, for every axis of fifteen vendors' dialects.",
      ),
      goal(
        'each further vendor',
        '≤ 200 B',
        `${more} B`,
        more <= 200,
        'it is all data: addresses, fields, where the id stands.',
      ),
    ],
  }
})

async function weighed(code) {
  try {
    return await weigh(code, here)
  } catch (error) {
    return { fault: String(error.message).split('\n')[1] ?? error.message }
  }
}

/** The disk that a package and all it depends on take, by what npm has put beside the benches. */
function installedSize(name) {
  const start = name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]
  const seen = new Set()
  const visit = (wanted, from) => {
    const folder = folderOf(wanted, from)
    if (!folder || seen.has(folder)) return
    seen.add(folder)
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    for (const each of Object.keys(dependencies)) visit(each, folder)
  }
  visit(start, here)
  const bytes = [...seen].reduce((sum, folder) => sum + sizeOf(folder), 0)
  return { bytes, packages: seen.size }
}

function folderOf(name, from) {
  for (let folder = from; folder.startsWith(here); folder = join(folder, '..')) {
    const place = join(folder, 'node_modules', name)
    if (statSync(place, { throwIfNoEntry: false })) return place
  }
  return undefined
}

/** Without the packages installed inside of it, which count for themselves. */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, each) => {
    const path = join(folder, each.name)
    if (each.isDirectory()) return each.name === 'node_modules' ? sum : sum + sizeOf(path)
    return sum + statSync(path).size
  }, 0)
}
