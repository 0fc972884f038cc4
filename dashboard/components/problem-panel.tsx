'use client'

import { problemOf } from '@/lib/api/problem'
import { Button } from './button'
import { CopyButton } from './copy'

/** What could not be shown, why, and what can be done about it. */
export function ProblemPanel({ what, error, onRetry }: { what: string; error: unknown; onRetry?: () => void }) {
  const problem = problemOf(error)
  return (
    <div role="alert" className="flex flex-col items-start gap-3 p-4">
      <p>
        <strong className="font-medium">{what} could not be loaded.</strong>{' '}
        <span className="text-text-2">{problem.detail}</span>
      </p>
      <div className="flex flex-wrap items-center gap-3">
        {onRetry && <Button onClick={onRetry}>Retry</Button>}
        {problem.requestId && (
          <span className="inline-flex items-center text-text-2">
            <span className="code">{problem.requestId}</span>
            <CopyButton text={problem.requestId} what="request id" />
          </span>
        )}
      </div>
    </div>
  )
}

/** Old data stays when it cannot be refreshed; this line says so. */
export function StaleLine({ shownAt }: { shownAt: string }) {
  return (
    <p role="status" className="border-b border-border bg-warning-bg px-4 py-1.5 text-warning">
      Could not refresh. Showing {shownAt}.
    </p>
  )
}
