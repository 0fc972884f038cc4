import { type NextRequest, NextResponse } from 'next/server'
import { SESSION_COOKIES } from '@/lib/api/session-cookies'

/** Gives every page its nonce and sends visitors without a cookie to sign-in. It is no guard: the gateway is. */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl
  const elsewhere = canonicalAddress(request)
  if (elsewhere) return NextResponse.redirect(elsewhere, 307)
  if (pathname.startsWith('/o/') && !SESSION_COOKIES.some((name) => request.cookies.has(name))) {
    const signIn = request.nextUrl.clone()
    signIn.pathname = '/sign-in'
    signIn.search = `?next=${encodeURIComponent(pathname + search)}`
    return NextResponse.redirect(signIn, 307)
  }
  const nonce = btoa(crypto.randomUUID())
  const policy = contentSecurityPolicy(nonce)
  const inside = new Headers(request.headers)
  inside.set('x-nonce', nonce)
  inside.set('x-path', pathname + search)
  inside.set('content-security-policy', policy)
  const answer = NextResponse.next({ request: { headers: inside } })
  answer.headers.set('Content-Security-Policy', policy)
  answer.headers.set('X-Content-Type-Options', 'nosniff')
  answer.headers.set('Referrer-Policy', 'same-origin')
  return answer
}

/** The page under DASHBOARD_ORIGIN, where it is set and the visitor came by another name: unsafe requests need that origin. */
function canonicalAddress(request: NextRequest): URL | undefined {
  const origin = process.env.DASHBOARD_ORIGIN
  if (!origin || request.headers.get('host') === new URL(origin).host) return undefined
  return new URL(request.nextUrl.pathname + request.nextUrl.search, origin)
}

function contentSecurityPolicy(nonce: string): string {
  const development = process.env.NODE_ENV === 'development' ? " 'unsafe-eval'" : ''
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development}`,
    "script-src-attr 'none'",
    // Popovers are placed by style attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export const config = { matcher: ['/((?!api/|_next/|favicon.ico|icon.svg|healthz).*)'] }
