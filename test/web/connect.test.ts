import { describe, expect, it } from 'vitest'
import type { Browser } from '../passport/browser.ts'
import { copyOf, newKeeper, ours, webApp } from './app.ts'

/** Signs somebody of the application in, or everybody out. */
function as(visitor: Browser, user: string | undefined): void {
  if (user === undefined) visitor.cookies.delete('user')
  else visitor.cookies.set('user', user)
}

/** An app where alice has begun to connect her account as Mei Tanaka. */
async function connectingApp(...options: Parameters<typeof webApp>) {
  const app = await webApp(...options)
  const visitor = app.browser()
  as(visitor, 'alice')
  const callback = await app.sandbox.approve(await visitor.login('/connect'), 'Mei Tanaka')
  return { ...app, visitor, callback }
}

describe('1.1 · connect', () => {
  it('1.1 · connects an account to the user who is signed in', async () => {
    const { visitor, callback, sandbox } = await connectingApp({ begin: { state: 'kept', returnTo: '/accounts' } })
    const mei = sandbox.vendors.insuresign.users[2]?.id
    const told = { connected: true, owner: 'alice', id: mei, state: 'kept', returnTo: '/accounts' }
    expect((await visitor.follow(callback)).body).toEqual(told)
  })

  it.each([
    ['somebody else', 'bob'],
    ['nobody', undefined],
  ])('1.1 · begun by one user, it cannot end where %s is signed in, and is used up', async (_, user) => {
    const { visitor, callback, failures, tokenRequests, browser } = await connectingApp()
    const copy = copyOf(visitor, { browser })
    as(visitor, user)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(ours(visitor)).toEqual([])
    expect((await copy.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }, { code: 'state_used' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.1 · the vendor’s refusal is not believed before the user is known', async () => {
    const { visitor, sandbox, failures } = await connectingApp()
    const denied = await sandbox.deny(await visitor.login('/connect'))
    as(visitor, 'bob')
    await visitor.follow(denied)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
  })

  it('1.1 · a copy joins only with the same user signed in', async () => {
    const { visitor, callback, browser, sandbox, tokenRequests, failures } = await connectingApp()
    const [same, other] = [copyOf(visitor, { browser }), copyOf(visitor, { browser })]
    as(other, 'bob')
    sandbox.vendors.insuresign.faults.add('token', { latency: 150 })
    const later = new Promise((resolve) => setTimeout(resolve, 50))
    const answers = await Promise.all([
      visitor.follow(callback),
      ...[same, other].map((copy) => later.then(() => copy.follow(callback))),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403])
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · is what `begin` with an `owner` does', async () => {
    const { browser, sandbox, failures, finished } = await webApp({ begin: { owner: 'alice' } })
    const visitor = browser()
    await visitor.follow(await sandbox.approve(await visitor.login()))
    as(visitor, 'alice')
    await visitor.follow(await sandbox.approve(await visitor.login()))
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
    expect(finished).toMatchObject([{ connected: true, owner: 'alice' }])
  })

  it('connects an account of which the vendor tells no id, and asks no `owner` option', async () => {
    const owner = () => {
      throw new Error('nobody is to be found or made')
    }
    const { visitor, callback, sandbox } = await connectingApp({ options: { owner } })
    sandbox.vendors.insuresign.switches.accessToken = 'opaque'
    expect((await visitor.follow(callback)).body).toEqual({ connected: true, owner: 'alice' })
  })

  it('1.5 · connects nothing when the vendor fails to tell whose account it is', async () => {
    const { visitor, callback, failures } = await connectingApp({
      options: { profile: () => Promise.reject(new Error('down')) },
    })
    expect((await visitor.follow(callback)).status).toBe(500)
    expect(failures).toEqual([new Error('down')])
  })

  it('hands the tokens to the keeper under the user who connects', async () => {
    const keeper = newKeeper()
    const { visitor, callback } = await connectingApp({ options: { keeper } })
    const { link } = (await visitor.follow(callback)).body
    expect(await keeper.find({ owner: 'alice', vendor: 'insuresign' })).toMatchObject(link)
  })
})

describe('1.1 · a plain sign-in that is finished while somebody is signed in', () => {
  it('1.1 · is a sign-in, and connects nothing to that user', async () => {
    const keeper = newKeeper()
    const { browser, sandbox, visit } = await webApp({ options: { keeper } })
    const visitor = browser()
    as(visitor, 'alice')
    const grace = sandbox.vendors.insuresign.users[0]?.id
    const { body } = await visit(visitor)
    expect(body).toMatchObject({ connected: false, owner: `insuresign:${grace}`, id: grace })
    expect(await keeper.find({ owner: 'alice', vendor: 'insuresign' })).toBeUndefined()
  })

  it('1.5 · still wants to know who it is', async () => {
    const { browser, sandbox, visit, failures } = await webApp()
    sandbox.vendors.insuresign.switches.accessToken = 'opaque'
    const visitor = browser()
    as(visitor, 'alice')
    await visit(visitor)
    expect(failures).toMatchObject([{ code: 'identity_unknown' }])
  })
})
