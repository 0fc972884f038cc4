import { crossSiteRefusal, headersForGateway, headersForVisitor } from '@/lib/api/passing'

export const runtime = 'nodejs'
export const dynamic = 'force-dynamic'

const LIMIT_MILLISECONDS = 35_000

/** Passes a request on to the gateway and streams its answer back unread. GATEWAY_URL is read for every request. */
async function pass(request: Request): Promise<Response> {
  const refusal = crossSiteRefusal(request.method, request.headers)
  if (refusal) return problem(403, 'csrf_failed', 'The request was refused', refusal, request)
  const { pathname, search } = new URL(request.url)
  const gateway = process.env.GATEWAY_URL
  if (!gateway) return problem(503, 'unavailable', 'Not available', 'GATEWAY_URL is not set.', request)
  const limit = new AbortController()
  const timer = pathname.endsWith('/export') ? undefined : setTimeout(() => limit.abort(), LIMIT_MILLISECONDS)
  try {
    const answer = await fetch(gateway + pathname + search, {
      method: request.method,
      headers: headersForGateway(request.headers),
      body: request.body,
      duplex: 'half',
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.any([request.signal, limit.signal]),
    } as RequestInit)
    return new Response(answer.body, { status: answer.status, headers: headersForVisitor(answer.headers) })
  } catch {
    return limit.signal.aborted
      ? problem(504, 'timeout', 'No answer in time', 'The API did not answer in 35 seconds.', request)
      : problem(503, 'unavailable', 'Not available', 'The API cannot be reached at present.', request)
  } finally {
    clearTimeout(timer)
  }
}

function problem(status: number, code: string, title: string, detail: string, request: Request): Response {
  const requestId = request.headers.get('x-request-id') ?? `req_${crypto.randomUUID().replaceAll('-', '')}`
  const body = {
    type: `urn:usageflow:problem:${code}`,
    title,
    status,
    code,
    detail,
    instance: new URL(request.url).pathname,
    requestId,
  }
  const headers = new Headers({ 'content-type': 'application/problem+json', 'x-request-id': requestId })
  if (status === 503) headers.set('retry-after', '2')
  return new Response(JSON.stringify(body), { status, headers })
}

export { pass as DELETE, pass as GET, pass as HEAD, pass as PATCH, pass as POST, pass as PUT }
