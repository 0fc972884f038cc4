import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema'

export type Session = components['schemas']['SessionBody']
export type Api = Client<Callable>

/** The API's operations: the headers that they take are given as `headers`, as those of the session are. */
type Callable = { [Path in keyof paths]: { [Method in keyof paths[Path]]: HeadersApart<paths[Path][Method]> } }
type HeadersApart<Operation> = Operation extends { parameters: infer Parameters }
  ? Omit<Operation, 'parameters'> & { parameters: Omit<Parameters, 'header'> & { header?: Partial<Taken<Parameters>> } }
  : Operation
type Taken<Parameters> = Parameters extends { header?: infer Header } ? Header : never

const SAFE = new Set(['GET', 'HEAD'])

let csrfToken: string | undefined

/** Remember the token of a session that was answered: the only secret that scripts of the page ever hold. */
export function rememberSession(session: Session): void {
  csrfToken = session.csrfToken
}

async function freshToken(): Promise<string | undefined> {
  const answer = await fetch('/api/auth/session')
  if (answer.ok) rememberSession((await answer.json()) as Session)
  return csrfToken
}

async function isCsrfFailure(answer: Response): Promise<boolean> {
  if (answer.status !== 403) return false
  const body = (await answer.clone().json()) as { code?: string }
  return body.code === 'csrf_failed'
}

/** fetch with the CSRF token of the session. A refused token is fetched anew once, and the request repeated once. */
async function fetchWithToken(request: Request): Promise<Response> {
  if (SAFE.has(request.method)) return fetch(request)
  const again = request.clone()
  if (csrfToken) request.headers.set('X-CSRF-Token', csrfToken)
  const answer = await fetch(request)
  if (!(await isCsrfFailure(answer))) return answer
  const token = await freshToken()
  if (!token) return answer
  again.headers.set('X-CSRF-Token', token)
  return fetch(again)
}

/** A client of the public API through this origin; `organizationId` names whose objects it sees. */
export function apiOf(organizationId?: string): Api {
  return createClient<Callable>({
    baseUrl: typeof window === 'undefined' ? 'http://invalid' : window.location.origin,
    headers: organizationId ? { 'UsageFlow-Organization': organizationId } : {},
    fetch: fetchWithToken,
  })
}
