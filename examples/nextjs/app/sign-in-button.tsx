'use client'

import { signIn } from 'next-auth/react'
import type { ReactNode } from 'react'

/** Begins a sign-in from code in the browser. */
export function SignInButton({ id, name }: { readonly id: string; readonly name: string }): ReactNode {
  return (
    <button type="button" onClick={() => signIn(id, { redirectTo: '/' })}>
      {name}
    </button>
  )
}
