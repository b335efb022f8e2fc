import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { keepInSession, linkOf, type TokenKeeper, unlink } from 'esign-auth/keeper'
import { describe, expect, it, vi } from 'vitest'
import type { SessionRequest } from '../../src/keeper/session/express.ts'
import { type OwnedLink, ownerMark } from '../../src/keeper/session/session-links.ts'
import { linksOn } from '../../src/oauth/request-links.ts'

const kept = 'esign-auth'
const ada = ownerMark('g', 'ada')
const first: OwnedLink = { grant: 'g', generation: 1, copy: 'copy 1', owner: ada }
const second: OwnedLink = { grant: 'g', generation: 2, copy: 'copy 2', owner: ada }
const signIn = { owner: 'ada', connected: false } as const

interface Page {
  readonly req: SessionRequest & { session: unknown; user: object | null }
  readonly res: ServerResponse
  readonly next: ReturnType<typeof vi.fn>
  readonly restore: ReturnType<typeof vi.fn<TokenKeeper['restore']>>
  /** What the keeper would have a session carry of grant `g`. */
  knows(link: OwnedLink | undefined): void
  /** What the session carries. */
  carried(): unknown
}

/** A request with such a session has passed the middleware. `saved`: what a session store answers; a cookie without. */
function page(session: unknown, saved?: () => unknown, user: object | null = { id: 'ada' }): Page {
  let known: OwnedLink | undefined
  const restore = vi.fn<TokenKeeper['restore']>(async () => {})
  const keeper = {
    restore,
    link: (grant: string) => (grant === 'g' ? known : undefined),
    ownersOf: (each: { id: string } | null | undefined) => (each ? [each.id] : []),
  } as unknown as TokenKeeper
  const sessionStore = saved && {
    get: (_: string, done: (error: unknown, session?: unknown) => void) => done(null, saved()),
  }
  const req = Object.assign(new IncomingMessage(new Socket()), {
    session,
    sessionStore,
    sessionID: saved && 'an-id',
    user,
  })
  const res = new ServerResponse(req)
  const next = vi.fn()
  keepInSession(keeper)(req, res, next)
  return {
    req,
    res,
    next,
    restore,
    knows: (link) => {
      known = link
    },
    carried: () => (req.session as Record<string, unknown> | null | undefined)?.[kept],
  }
}

describe('a request with a session', () => {
  it('that carries nothing is not held up', () => {
    for (const session of [{}, null, undefined, 'text', { [kept]: undefined }, { [kept]: null }, { [kept]: 'text' }]) {
      const { next, restore, req } = page(session)
      expect(next.mock.calls).toEqual([[]])
      expect(restore).not.toHaveBeenCalled()
      expect(linkOf(req, 'acme')).toBeUndefined()
    }
  })

  it('that carries copies hands each to the keeper first, and goes on when one cannot be restored', async () => {
    const { next, restore } = page({
      [kept]: { acme: first, other: { grant: 'o', generation: 3, owner: ownerMark('o', 'ada') } },
    })
    restore.mockRejectedValue(new Error('the store is away'))
    expect(next).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(next.mock.calls).toEqual([[]]))
    expect(restore.mock.calls).toMatchObject([[first], [{ grant: 'o', generation: 3 }]])
  })

  it('gives the application a link without the copy; one of a sign-in in this request goes before', () => {
    const { req } = page({ [kept]: { acme: first } })
    expect(linkOf(req, 'acme')).toEqual({ grant: 'g', generation: 1 })
    expect(linkOf(req, 'another')).toBeUndefined()
    linksOn(req).set('acme', { grant: 'new', generation: 7, ...signIn })
    expect(linkOf(req, 'acme')).toEqual({ grant: 'new', generation: 7 })
  })
})

describe.each([
  ['a cookie', undefined],
  ['a store', () => ({})],
])('before the response ends, a session in %s', (_, saved) => {
  it('gets the newer copy, and keeps what else it has', () => {
    const { req, res, knows, carried } = page({ seen: 1, [kept]: { acme: first, other: second } }, saved)
    knows(second)
    res.end()
    expect(carried()).toEqual({ acme: second, other: second })
    expect(req.session).toMatchObject({ seen: 1 })
    expect(res.writableEnded).toBe(true)
  })

  it.each<[string, OwnedLink, OwnedLink | undefined]>([
    ['of a grant that was not refreshed', first, first],
    ['that is newer than what this process has', second, first],
    ['of a grant that this process has not seen', first, undefined],
    ['that became a pointer, which stays as it was at sign-in', first, { grant: 'g', generation: 2 }],
  ])('keeps a link %s', (__, has, known) => {
    const session = Object.freeze({ [kept]: Object.freeze({ acme: has }) })
    const { res, knows, carried } = page(session, saved)
    knows(known)
    res.end()
    expect(carried()).toEqual({ acme: has })
  })

  it('loses the copy of a grant that was disconnected, and is written once for it', () => {
    const { res, knows, carried } = page({ [kept]: { acme: second } }, saved)
    knows({ grant: 'g', generation: 2, ended: true })
    res.end()
    expect(carried()).toEqual({ acme: { grant: 'g', generation: 2, owner: ada } })
    const pointer = { grant: 'g', generation: 2, owner: ada }
    const again = page(Object.freeze({ [kept]: Object.freeze({ acme: pointer }) }), saved)
    again.knows({ grant: 'g', generation: 2, ended: true })
    again.res.end()
    expect(again.carried()).toEqual({ acme: pointer })
  })

  it('gets the link of a sign-in in this request, also when it had one from before a disconnect', () => {
    for (const session of [
      {},
      { [kept]: { acme: { grant: 'old', generation: 9, owner: ownerMark('old', 'ada') } } },
      { [kept]: { acme: { grant: 'g', generation: 1, owner: ada } } },
    ]) {
      const { req, res, knows, carried } = page(session, saved)
      knows({ grant: 'g', generation: 5 })
      linksOn(req).set('acme', { grant: 'g', generation: 5, ...signIn })
      res.end()
      expect(carried()).toEqual({ acme: { grant: 'g', generation: 5, owner: ada } })
    }
  })

  it('that Passport made anew at sign-in gets it too', () => {
    const { req, res, knows, carried } = page({}, saved)
    knows(first)
    linksOn(req).set('acme', { grant: 'g', generation: 1, ...signIn })
    req.session = { passport: { user: 'ada' } }
    res.end()
    expect(carried()).toEqual({ acme: first })
  })

  it('stays as it is when the sign-in of this request is known no more', () => {
    const { req, res, carried } = page({ [kept]: { acme: first } }, saved)
    linksOn(req).set('acme', { grant: 'g', generation: 1, ...signIn })
    res.end()
    expect(carried()).toEqual({ acme: first })
    expect(res.writableEnded).toBe(true)
  })

  it.each([null, undefined, 'text'])('is not made again when it is %s by then, whoever signed in', (gone) => {
    const { req, res, knows } = page({ [kept]: { acme: first } }, saved)
    knows(second)
    linksOn(req).set('acme', { grant: 'g', generation: 2, ...signIn })
    req.session = gone
    res.end()
    expect(req.session).toBe(gone)
    expect(res.writableEnded).toBe(true)
  })
})

it('a session in a cookie is written before the headers go out, and once', () => {
  const { res, knows, carried } = page({ [kept]: { acme: first } })
  knows(second)
  res.writeHead(200)
  expect(carried()).toEqual({ acme: second })
  knows({ grant: 'g', generation: 3, copy: 'copy 3' })
  res.end()
  expect(carried()).toEqual({ acme: second })
})

it('a session in a store is not written before the end, when its sign-out would be known', () => {
  const { res, knows, carried } = page({ [kept]: { acme: first } }, () => ({}))
  knows(second)
  res.writeHead(200)
  expect(carried()).toEqual({ acme: first })
  res.end()
  expect(carried()).toEqual({ acme: second })
})

it('51 · a session that another request has destroyed meanwhile is not saved again', () => {
  const { res, knows, carried } = page({ [kept]: { acme: first } }, () => undefined)
  knows(second)
  res.end()
  expect(carried()).toEqual({ acme: first })
  expect(res.writableEnded).toBe(true)
})

describe('1.1 · a link belongs to one user', () => {
  const session = () => ({ [kept]: { acme: first } })

  it.each<[string, object | null]>([
    ['nobody is signed in', null],
    ['another user is', { id: 'bob' }],
  ])('and is not given out, restored or brought up to date while %s', (_, user) => {
    const { req, res, restore, next, knows } = page(session(), undefined, user)
    knows(second)
    expect(linkOf(req, 'acme')).toBeUndefined()
    expect([restore.mock.calls, next.mock.calls]).toEqual([[], [[]]])
    res.end()
    expect(req.session).toEqual({})
  })

  it('and goes with a sign-out in this request, also out of a session that was made anew and is in no store yet', () => {
    for (const saved of [undefined, () => undefined]) {
      const { req, res, carried } = page(session(), saved)
      // As `req.logout` does with `keepSessionInfo`.
      Object.assign(req, { user: null, sessionID: saved && 'another-id' })
      res.end()
      expect(carried()).toBeUndefined()
    }
  })

  it('and stays in a session of which nobody has asked whose it is', () => {
    const { req, res, carried } = page(session())
    Object.assign(req, { user: undefined })
    res.end()
    expect(carried()).toEqual({ acme: first })
  })

  it('and one that was connected revives no session that another request has destroyed meanwhile', () => {
    for (const user of [{ id: 'ada' }, { id: 'bob' }]) {
      const { req, res, knows } = page({}, () => undefined, user)
      knows(first)
      linksOn(req).set('acme', { grant: 'g', generation: 1, owner: 'ada', connected: user.id === 'ada' })
      res.end()
      expect(req.session).toEqual({})
    }
  })

  it('and is not restored when passport has run and nobody is signed in', () => {
    const req = Object.assign(new IncomingMessage(new Socket()), { session: session(), isAuthenticated: () => false })
    const restore = vi.fn(async () => {})
    keepInSession({ restore, ownersOf: () => [] } as unknown as TokenKeeper)(req, new ServerResponse(req), () => {})
    expect(restore).not.toHaveBeenCalled()
  })

  it('and the links of earlier versions, which name no owner, count for nobody', () => {
    const { owner: _, ...ownerless } = first
    const { req, restore } = page({ [kept]: { acme: ownerless } })
    expect(linkOf(req, 'acme')).toBeUndefined()
    expect(restore).not.toHaveBeenCalled()
  })

  it('and one of a sign-in in this request is written only for the user who is signed in at its end', () => {
    for (const user of [null, { id: 'bob' }]) {
      const { req, res, knows, carried } = page({}, undefined, user)
      knows(first)
      linksOn(req).set('acme', { grant: 'g', generation: 1, ...signIn })
      expect(linkOf(req, 'acme')).toBeUndefined()
      res.end()
      expect(carried()).toBeUndefined()
    }
  })

  it('and a sign-in replaces all links, where connecting an account adds one', () => {
    const other = { grant: 'o', generation: 3, owner: ownerMark('o', 'ada') }
    for (const connected of [false, true]) {
      const { req, res, knows, carried } = page({ [kept]: { other } })
      knows(first)
      linksOn(req).set('acme', { grant: 'g', generation: 1, owner: 'ada', connected })
      res.end()
      expect(carried()).toEqual(connected ? { other, acme: first } : { acme: first })
    }
  })

  it('and goes with `unlink`, one or all', () => {
    const both = () => ({ [kept]: { acme: first, other: second } })
    const one = page(both())
    unlink(one.req, 'acme')
    expect([one.carried(), linkOf(one.req, 'acme')]).toEqual([{ other: second }, undefined])
    const all = page(both())
    linksOn(all.req).set('acme', { grant: 'g', generation: 1, ...signIn })
    all.knows(first)
    unlink(all.req)
    all.res.end()
    expect(all.carried()).toBeUndefined()
    for (const none of [null, undefined, 'text']) expect(() => unlink(page(none).req)).not.toThrow()
  })
})
