import { ReauthRequired, type TokenKeeper } from 'esign-auth/keeper'

/** Somebody the worker works for: the key under which the keeper knows them, and where. */
export interface Owner {
  readonly owner: string
  readonly vendor: string
}

/** What one round came to. */
export interface Round {
  readonly done: { readonly owner: string; readonly documents: number }[]
  /** Who has to sign in again; tell them, and leave them out until they did. */
  readonly signedOut: string[]
  /** Who could not be served this time, and why. The next round tries again. */
  readonly later: { readonly owner: string; readonly reason: string }[]
}

/**
 * One round of a background job: it acts for people who are not there. No session and no request, only the keeper,
 * which refreshes whatever has run out meanwhile, once, also when a web page asks for the same person at that moment.
 */
async function countDocuments(keeper: TokenKeeper, owners: readonly Owner[]): Promise<Round> {
  const round: Round = { done: [], signedOut: [], later: [] }
  for (const target of owners) {
    const { owner } = target
    try {
      const answer = await keeper.fetch(target, '/my/documents')
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      const { documents } = (await answer.json()) as { documents: unknown[] }
      round.done.push({ owner, documents: documents.length })
    } catch (error) {
      if (error instanceof ReauthRequired) round.signedOut.push(owner)
      else round.later.push({ owner, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  return round
}

/** Runs a round every `everyMs`, one after the other, until the returned function is called. */
export function startWorker(
  keeper: TokenKeeper,
  owners: () => readonly Owner[],
  everyMs: number,
  report: (round: Round) => void,
): () => void {
  let timer: NodeJS.Timeout
  let ended = false
  const next = () => {
    timer = setTimeout(async () => {
      report(await countDocuments(keeper, owners()))
      if (!ended) next()
    }, everyMs)
  }
  next()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
