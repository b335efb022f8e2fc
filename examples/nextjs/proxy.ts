// Keeps the session cookie up to date, and with it the copy of the tokens that a restart needs: server components cannot
// set cookies.
export { auth as proxy } from '@/auth'

export const config = { matcher: ['/((?!api/auth|_next/static|_next/image).*)'] }
