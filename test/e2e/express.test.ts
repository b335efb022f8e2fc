import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pause } from './program.ts'
import { describeSignIn } from './sign-in.ts'
import { note, refreshes, type Stage } from './stage.ts'
import { startExpress } from './stages.ts'
import { signIn, visitor } from './visitor.ts'

describe('the Auth.js example on Express', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startExpress()
  })
  afterAll(() => stage?.close())

  describeSignIn(() => stage, {
    'the home page': (page, vendor) => page.getByRole('button', { name: `Sign in with ${vendor}` }).click(),
    'Auth.js’s own page': async (page, vendor) => {
      await page.getByRole('link', { name: 'own sign-in page' }).click()
      await page.getByRole('button', { name: `Sign in with ${vendor}` }).click()
    },
  })

  it('refreshes once for ten requests in a row that bring one old cookie', async () => {
    await stage.switches('dropbox-sign', {
      accessLifetime: 2,
      rotation: 'always',
      refreshToken: 'new',
      reuseDetection: true,
    })
    const { cookies } = await signIn(stage, 'dropbox-sign')
    await stage.switches('dropbox-sign', { accessLifetime: 3600 })
    await pause(3_100) // vendors count whole seconds
    const before = refreshes(await stage.log()).length
    const pages: string[] = []
    for (let count = 0; count < 10; count += 1) {
      pages.push(await (await visitor(stage.origin, new Map(cookies)).get('/')).text())
    }
    const calls = refreshes(await stage.log()).length - before
    const errors = pages.filter((page) => !page.includes('Signed in with Dropbox Sign')).length
    await note(
      `authjs-express, 10 × getSession() in a row with one expired token: ${calls} token call, ${errors} errors`,
    )
    expect([calls, errors]).toEqual([1, 0])
  })
})
