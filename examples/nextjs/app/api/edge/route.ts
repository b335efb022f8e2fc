import { NextRequest } from 'next/server'
import { handlers } from '@/auth'

export const runtime = 'edge'

/**
 * Whom people can sign in with, answered on the edge. There is no `auth()` here on purpose: an edge function has a memory
 * of its own, and two memories that refresh one token look like a theft to a vendor that detects reuse. Give the keeper
 * a store that both sides share before you ask for a session on the edge.
 */
export function GET(request: NextRequest): Promise<Response> {
  return handlers.GET(new NextRequest(new URL('/api/auth/providers', request.url)))
}
