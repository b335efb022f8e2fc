import { expect, it } from 'vitest'
import { copyOf, newKeeper, webApp } from './app.ts'

it('hands the tokens of a sign-in to the keeper, whose link calls the API', async () => {
  const keeper = newKeeper()
  const { browser, visit, finished, sandbox } = await webApp({ options: { keeper, minRefreshAge: 0 } })
  await visit(browser())
  const { link, owner } = finished[0] ?? {}
  if (!link) throw new Error('there is no link')
  sandbox.vendors.insuresign.expireAccessTokens()
  expect((await keeper.fetch(link, '/my/documents')).status).toBe(200)
  expect((await keeper.fetch({ owner: owner ?? '', vendor: 'insuresign' }, '/my/documents')).status).toBe(200)
})

it('copies of one callback hand them over once', async () => {
  const keeper = newKeeper()
  const { browser, sandbox, finished } = await webApp({ options: { keeper } })
  const visitor = browser()
  const callback = await sandbox.approve(await visitor.login())
  sandbox.vendors.insuresign.faults.add('token', { latency: 150 })
  await Promise.all([1, 2, 3].map(() => copyOf(visitor, { browser }).follow(callback)))
  expect(finished).toHaveLength(3)
  expect(new Set(finished.map(({ link }) => link?.generation))).toEqual(new Set([1]))
  expect(keeper.adopt).toHaveBeenCalledTimes(1)
})

it('copies that the application gives to different users hand them over to each', async () => {
  const keeper = newKeeper()
  let users = 0
  const { browser, sandbox } = await webApp({ options: { keeper, owner: () => `user-${++users}` } })
  const visitor = browser()
  const callback = await sandbox.approve(await visitor.login())
  sandbox.vendors.insuresign.faults.add('token', { latency: 150 })
  await Promise.all([1, 2].map(() => copyOf(visitor, { browser }).follow(callback)))
  for (const owner of ['user-1', 'user-2']) {
    expect(await keeper.find({ owner, vendor: 'insuresign' })).toBeDefined()
  }
})

it('a login that fails hands over nothing', async () => {
  const keeper = newKeeper()
  const { browser, sandbox } = await webApp({ options: { keeper } })
  const visitor = browser()
  await visitor.follow(await sandbox.deny(await visitor.login()))
  sandbox.vendors.insuresign.switches.accessToken = 'opaque'
  await visitor.follow(await sandbox.approve(await visitor.login()))
  expect(keeper.adopt).not.toHaveBeenCalled()
})

it('gives the keeper its client, so that a worker needs no other', async () => {
  const keeper = newKeeper()
  const { signIn } = await webApp({ options: { keeper } })
  await expect(keeper.fetch({ owner: 'nobody', vendor: 'insuresign' }, '/')).rejects.toMatchObject({
    code: 'reauth_required',
    reason: 'unknown',
  })
  expect(signIn.client.vendor.id).toBe('insuresign')
})

it('without a keeper there is no link, and the tokens are the application’s to keep', async () => {
  const { browser, visit, finished } = await webApp()
  await visit(browser())
  expect(finished[0]).toMatchObject({ link: undefined, tokens: { refresh_token: expect.any(String) } })
})
