import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { auth, signOut } from '@/auth'
import './style.css'

export const metadata: Metadata = { title: 'Next.js example · esign-auth', icons: 'data:,' }

export default async function Layout({ children }: { readonly children: ReactNode }): Promise<ReactNode> {
  const session = await auth()
  return (
    <html lang="en">
      <body>
        <header>
          <Link href="/">
            Next.js example<small>esign-auth</small>
          </Link>
          {session && (
            <form
              action={async () => {
                'use server'
                await signOut({ redirectTo: '/' })
              }}
            >
              <button type="submit">Sign out</button>
            </form>
          )}
        </header>
        <main>{children}</main>
      </body>
    </html>
  )
}
