import session from 'express-session'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPerson, type Person } from '../../examples/express/person.ts'
import { type Demo, startDemo } from '../../examples/express/server.ts'

describe('the Express example', () => {
  let demo: Demo
  beforeEach(async () => {
    demo = await startDemo({})
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await demo.close()
  })

  const vendor = () => {
    if (!demo.sandbox) throw new Error('the demo did not start its sandbox')
    return { log: demo.sandbox.log, ...demo.sandbox.vendors.insuresign }
  }

  async function signedIn(name = 'InsureSign'): Promise<Person> {
    const person = createPerson()
    await person.open(demo.url)
    await person.follow(`Sign in with ${name}`)
    await person.press('Approve')
    return person
  }

  it.each([
    ['InsureSign', 'grace@example.com'],
    ['Dropbox Sign', 'grace@example.com'],
    ['eSignGlobal', 'Your eSignGlobal account'],
  ])('shows that somebody signed in with %s, and who', async (name, who) => {
    const page = await (await signedIn(name)).open(demo.url)
    expect(page).toContain(`${who} Signed in with ${name} Vendor ${name} Sandbox No real account`)
  })

  it('offers no API call of eSignGlobal, and says so', async () => {
    const person = await signedIn('eSignGlobal')
    expect(await person.open(demo.url)).toContain('eSignGlobal documents no API call that shows your account')
    await expect(person.press('Show my account')).rejects.toThrow('there is no "Show my account"')
    expect((await fetch(`${demo.url}/call/esignglobal`, { method: 'POST' })).status).toBe(404)
  })

  it('replaces who was signed in with whoever signs in at another vendor', async () => {
    const person = await signedIn('Dropbox Sign')
    await person.open(`${demo.url}/login/esignglobal`)
    await person.press('Approve')
    const page = await person.open(demo.url)
    expect(page).toContain('Signed in with eSignGlobal')
    expect(page).not.toContain('Dropbox Sign')
  })

  it('keeps tokens out of its sessions and pages', async () => {
    const stored = vi.spyOn(session.MemoryStore.prototype, 'set')
    const person = await signedIn()
    const pages = [await person.press('List my documents'), await person.press('Refresh the token')]
    pages.push(await person.press('List my documents'))

    const { log, client } = vendor()
    const bearers = log.flatMap(({ authorization }) => authorization?.header.match(/^Bearer (.+)$/)?.[1] ?? [])
    const refreshTokens = log.flatMap(({ body }) => body['refresh_token'] ?? [])
    const secrets = [...new Set(bearers), ...refreshTokens, client.clientSecret]
    expect(secrets).toHaveLength(4)
    const seen = JSON.stringify([stored.mock.calls, pages])
    expect(seen).toContain('insuresign:')
    for (const secret of secrets) expect(seen).not.toContain(secret)
  })

  it('signs out of one browser, and leaves the other signed in', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    expect(await here.press('Sign out')).toContain('You are signed out')
    expect(await there.press('List my documents')).toContain('"documents"')
  })

  it('disconnects all browsers of a person', async () => {
    const [here, there] = [await signedIn(), await signedIn()]
    const page = await here.press('Disconnect')
    expect(page).toContain('your tokens are forgotten here. InsureSign publishes no way to revoke them')
    const asked = vendor().log.length
    expect(await there.press('List my documents')).toContain('Choose where your documents are')
    expect(vendor().log).toHaveLength(asked)
  })

  it.each(['InsureSign', 'Dropbox Sign'])('makes fifty API calls at once at %s, with one refresh', async (name) => {
    const person = await signedIn(name)
    demo.sandbox?.vendors.insuresign.expireAccessTokens()
    demo.sandbox?.vendors['dropbox-sign'].expireAccessTokens()
    const page = await person.press('Fifty API calls at once')
    expect(page).toContain('50 API calls at once: 50 answers, 1 refresh.')
    expect(page).toContain('Generation 2, 1 refresh so far')
    expect(await person.press('Fifty API calls at once')).toContain('50 answers, 0 refreshes.')
  })

  it('counts the refreshes of each person on their own', async () => {
    const { users } = vendor()
    const grace = await signedIn()
    users.reverse()
    const mei = await signedIn()
    await grace.press('Refresh the token')
    expect(await grace.press('Refresh the token')).toContain('Generation 3, 2 refreshes so far')
    expect(await mei.open(demo.url)).toContain('Generation 1, 0 refreshes so far')
  })

  it('keeps two people apart', async () => {
    const { users } = vendor()
    const grace = await signedIn()
    users.reverse()
    const mei = await signedIn()
    expect(await grace.open(demo.url)).toContain('grace@example.com')
    expect(await mei.open(demo.url)).toContain('mei@example.com')
  })

  it('acts on POST only, and only for who is signed in', async () => {
    const person = await signedIn()
    for (const path of [
      '/call/insuresign',
      '/calls/insuresign',
      '/refresh/insuresign',
      '/disconnect/insuresign',
      '/sign-out',
    ]) {
      expect(await person.open(demo.url + path)).toContain(`Cannot GET ${path}`)
      const stranger = await fetch(demo.url + path, { method: 'POST', redirect: 'manual' })
      expect([stranger.status, stranger.headers.get('location')]).toEqual([303, '/'])
    }
    expect(await person.open(demo.url)).toContain('Signed in with InsureSign')
  })

  it('shows a failure of the vendor, and lets go on afterwards', async () => {
    const person = await signedIn()
    vendor().faults.add('api', { answer: 'cut' })
    expect(await person.press('List my documents')).toContain('InsureSign: no answer from 127.0.0.1')
    expect(await person.press('List my documents')).toContain('"documents"')
  })

  it.each([
    ['gives no reason', { status: 503 }, /InsureSign: .*503/],
    ['names a code', { status: 400, body: '{"error":"invalid_grant"}' }, /invalid_grant/],
  ])('says why a code exchange failed when the answer %s', async (_case, answer, reason) => {
    const person = createPerson()
    const headers = { 'Content-Type': 'application/json' }
    vendor().faults.add('token', { answer: { headers, ...answer } })
    await person.open(demo.url)
    await person.follow('Sign in with InsureSign')
    const page = await person.press('Approve')
    expect(page).toMatch(reason)
    expect(page).toContain('Choose where your documents are')
  })

  it('shows what the API answered, whatever it is', async () => {
    const person = await signedIn()
    vendor().faults.add('api', { answer: { status: 503, body: '<b>down</b>' } })
    expect(await person.press('List my documents')).toContain('GET /my/documents → 503')
    vendor().faults.add('api', { answer: { status: 503, body: 'down' }, times: 3 })
    expect(await person.press('Fifty API calls at once')).toContain('47 answers, 0 refreshes.')
  })

  it('says no more than that something is wrong about what nobody foresaw', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    const person = await signedIn()
    const failure = new Error('the disk of the sessions is full')
    vi.spyOn(session.MemoryStore.prototype, 'get').mockImplementation((_id, done) => done(failure))
    const page = await person.open(demo.url)
    expect(page).toContain('Something went wrong here.')
    expect(page).not.toContain('disk')
    expect(printed.mock.calls).toEqual([[failure]])
  })

  it('escapes whatever it puts into its pages', async () => {
    vendor().users.unshift({ id: '"><b>1', name: 'Mallory', email: '<img src=x onerror=alert(1)>' })
    const person = await signedIn()
    expect(await person.open(demo.url)).toContain('<img src=x onerror=alert(1)>')
    expect(await person.press('List my documents')).toContain('\\"><b>1')
  })

  it('forbids scripts, frames and caches', async () => {
    const { headers } = await fetch(demo.url)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-powered-by')).toBeNull()
  })
})
