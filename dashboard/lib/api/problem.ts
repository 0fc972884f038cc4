import type { components } from './schema'

type ProblemBody = components['schemas']['Problem']
export type FieldProblem = { field: string; code: string; detail: string }

/** Every failure of a call: the API's problem document, or a call that got no answer (status 0, code `unreachable`). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly requestId: string | null
  readonly fields: readonly FieldProblem[]
  readonly retryAfterSeconds: number | null
  readonly body: Record<string, unknown>

  constructor(status: number, body: Partial<ProblemBody> & Record<string, unknown>, retryAfter?: string | null) {
    super(body.detail ?? body.title ?? 'The request failed.')
    this.name = 'Problem'
    this.status = status
    this.code = body.code ?? 'internal_error'
    this.detail = this.message
    this.requestId = body.requestId ?? null
    this.fields = (body.errors ?? []) as FieldProblem[]
    this.retryAfterSeconds = retryAfter && /^\d+$/.test(retryAfter) ? Number.parseInt(retryAfter, 10) : null
    this.body = body
  }

  /** Whether the same call, with the same key, may have another outcome. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500 || this.status === 429 || this.code === 'idempotency_key_in_use'
  }
}

/** A Problem out of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  return new Problem(0, { code: 'unreachable', detail: 'The dashboard could not be reached. Check the connection.' })
}

/** The body of an answer, or a Problem. */
export async function answerOf<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<{ body: T; response: Response }> {
  let settled: { data?: T; error?: unknown; response: Response }
  try {
    settled = await call
  } catch (error) {
    throw problemOf(error)
  }
  const { data, error, response } = settled
  if (response.ok) return { body: data as T, response }
  const body = typeof error === 'object' && error !== null ? error : { detail: 'The answer could not be read.' }
  throw new Problem(response.status, body as Record<string, unknown>, response.headers.get('retry-after'))
}
