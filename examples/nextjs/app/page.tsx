import Link from 'next/link'
import type { ReactNode } from 'react'
import { auth, signIn } from '@/auth'
import { accountPath, nameOf, vendors } from '@/lib/vendors'
import { SignInButton } from './sign-in-button'

/** Who is signed in, or with whom to sign in. */
export default async function Home(): Promise<ReactNode> {
  const session = await auth()
  const vendor = session?.esign?.vendor
  if (!session || !vendor) return <SignIn />
  return (
    <section>
      <h1>Signed in with {nameOf(vendor)}</h1>
      <dl>
        <dt>Name</dt>
        <dd>{session.user?.name ?? 'not told'}</dd>
        <dt>E-mail</dt>
        <dd>{session.user?.email ?? 'not told'}</dd>
      </dl>
      {session.esign?.error ? (
        <p role="alert">Your access has ended ({session.esign.error}). Please sign in again.</p>
      ) : accountPath(vendor) ? (
        // Not ahead of need: the page calls the vendor.
        <Link href="/account" prefetch={false}>
          Ask {nameOf(vendor)}
        </Link>
      ) : (
        <p>{nameOf(vendor)} documents no API call that shows your account, so there is none to try.</p>
      )}
    </section>
  )
}

/** The three ways to begin: a server action, code in the browser, and Auth.js's own page. */
function SignIn(): ReactNode {
  return (
    <section>
      <h1>Sign in</h1>
      <p>Choose where your documents are.</p>
      {vendors.map(({ id, name }) => (
        <form
          key={id}
          action={async () => {
            'use server'
            await signIn(id, { redirectTo: '/' })
          }}
        >
          <button type="submit" className={id}>
            Sign in with {name}
          </button>
        </form>
      ))}
      <h2>From code in the browser</h2>
      <p className="row">
        {vendors.map(({ id, name }) => (
          <SignInButton key={id} id={id} name={name} />
        ))}
      </p>
      <a href="/api/auth/signin">Auth.js’s own sign-in page</a>
    </section>
  )
}
