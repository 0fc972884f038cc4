import { sessionCookieOf } from './session-cookies'

const REQUEST_HEADERS = [
  'accept',
  'content-type',
  'origin',
  'x-csrf-token',
  'usageflow-organization',
  'if-match',
  'if-none-match',
  'idempotency-key',
  'x-request-id',
  'traceparent',
  // Its last entry is the address that scripts/serve.mjs saw.
  'x-forwarded-for',
] as const

const ANSWER_HEADERS = [
  'content-type',
  'content-disposition',
  'location',
  'etag',
  'retry-after',
  'idempotent-replayed',
  'x-request-id',
  'date',
  'cache-control',
] as const

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What of a visitor's request reaches the gateway: nothing but the allow-list, and of the cookies the session's alone. */
export function headersForGateway(given: Headers): Headers {
  const passed = new Headers()
  for (const name of REQUEST_HEADERS) {
    const value = given.get(name)
    if (value !== null) passed.set(name, value)
  }
  const cookie = sessionCookieOf(given.get('cookie'))
  if (cookie) passed.set('cookie', cookie)
  return passed
}

/** What of the gateway's answer reaches the visitor. The body is decoded already, so its encoding and length stay behind. */
export function headersForVisitor(given: Headers): Headers {
  const passed = new Headers()
  for (const [name, value] of given) {
    if ((ANSWER_HEADERS as readonly string[]).includes(name) || name.startsWith('ratelimit')) passed.set(name, value)
  }
  for (const cookie of given.getSetCookie()) passed.append('set-cookie', cookie)
  return passed
}

/** Why a request is refused before it goes on; null when it may. */
export function crossSiteRefusal(method: string, headers: Headers): string | null {
  if (SAFE_METHODS.has(method)) return null
  if (headers.get('sec-fetch-site') === 'cross-site') return 'The request comes from another site.'
  if (headers.get('origin') === null) return 'The request names no Origin.'
  return null
}
