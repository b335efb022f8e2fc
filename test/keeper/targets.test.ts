import { createClient, defineVendor, eSignGlobal, insureSign } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { createClients, ownerOf } from '../../src/keeper/targets.ts'

const credentials = { clientId: 'an-id', clientSecret: 'a-secret-of-the-client' }
const make = () => createClient(insureSign, credentials)
const [client, again] = [make(), make()]
const others = {
  'of another vendor': createClient(defineVendor({ ...insureSign, id: 'another' }), credentials),
  'with another id': createClient(insureSign, { ...credentials, clientId: 'another-id' }),
}
const [asia, europe] = (['as1', 'eu1'] as const).map((region) => createClient(eSignGlobal, { ...credentials, region }))

describe('the clients of a keeper', () => {
  it('are known once, however often one is given; the latest counts, with its secret', () => {
    const clients = createClients()
    expect([client, client, again].map((each) => clients.add(each))).toEqual([true, false, false])
    expect(clients.all()).toEqual([again])
    expect(clients.find('insuresign')).toBe(again)
    // Whoever holds an older one means the client, not its secret.
    expect(clients.find(client)).toBe(again)
    expect(clients.find('insuresign')).toBe(again)
  })

  it.each(Object.entries(others))(
    'are told apart: one %s gets its own tokens, whichever came first',
    async (_, other) => {
      for (const both of [
        [client, other],
        [other, client],
      ]) {
        const clients = createClients()
        expect(both.map((each) => clients.add(each))).toEqual([true, true])
        const owners = both.map((each) => ownerOf(each, { owner: 'ada' }))
        expect(owners.map(clients.of)).toEqual(both)
        const [one, two] = await Promise.all(owners.map(clients.grantIds))
        expect(one).not.toEqual(two)
        expect(await clients.grantIds(ownerOf(both[0] ?? client, { owner: 'ada' }))).toEqual(one)
      }
    },
  )

  it('are told apart by their regions, and a name that means both is refused', () => {
    const clients = createClients()
    if (!asia || !europe) throw new Error()
    expect([asia, europe].map((each) => clients.add(each))).toEqual([true, true])
    for (const each of [asia, europe]) expect(clients.of(ownerOf(each, { owner: 'ada' }))).toBe(each)
    expect(() => clients.find('esignglobal')).toThrow('several clients of esignglobal')
    expect(clients.find(europe)).toBe(europe)
    expect(clients.of({ ...ownerOf(asia, {}), region: 'as2' })).toBeUndefined()
  })

  it.each([undefined, null, 5, '', 'nobody', {}])('are not found by %j, and the mistake is named', (vendor) => {
    const clients = createClients()
    clients.add(client)
    expect(() => clients.find(vendor as string)).toThrow(/^keeper: no client of /)
    expect(() => clients.mustKnow(vendor as string)).toThrow(TypeError)
  })
})
