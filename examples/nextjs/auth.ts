import { withEsign } from 'esign-auth/authjs'
import 'esign-auth/authjs/types'
import { createTokenKeeper } from 'esign-auth/keeper'
import NextAuth from 'next-auth'
// In an app of yours: from 'esign-auth/authjs'.
import { DropboxSign, ESignGlobal, InsureSign } from '@/lib/sandbox'

/** Keeps everybody's tokens fresh. For several instances give it a shared `store`. */
export const keeper = createTokenKeeper()

// Ids and secrets come from the environment: AUTH_INSURESIGN_ID, AUTH_INSURESIGN_SECRET and so on.
export const { handlers, auth, signIn, signOut } = withEsign(
  NextAuth,
  { providers: [InsureSign, DropboxSign, ESignGlobal({ region: 'eu1' })] },
  { keeper },
)
