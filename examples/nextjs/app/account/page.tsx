import { ReauthRequired } from 'esign-auth/keeper'
import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { auth, keeper } from '@/auth'
import { accountPath, nameOf } from '@/lib/vendors'

/** What the vendor's API tells, fetched by a server component with a token that is always fresh. */
export default async function Account(): Promise<ReactNode> {
  const esign = (await auth())?.esign
  const path = esign && accountPath(esign.vendor)
  if (!path) redirect('/')
  const answer = await keeper.fetch(esign, path).catch((error: unknown) => {
    // The home page says so.
    if (error instanceof ReauthRequired) redirect('/')
    throw error
  })
  return (
    <section aria-labelledby="answer">
      <h1 id="answer">
        {nameOf(esign.vendor)}: GET {path} → {answer.status}
      </h1>
      <pre>{JSON.stringify(await answer.json(), null, 2)}</pre>
    </section>
  )
}
