export const dynamic = 'force-dynamic'

/** Alive. It says nothing of the gateway, which has its own. */
export function GET(): Response {
  return Response.json({ status: 'ok' }, { headers: { 'cache-control': 'no-store' } })
}
