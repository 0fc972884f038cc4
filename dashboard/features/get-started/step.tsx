import { Check } from 'lucide-react'
import type { ReactNode } from 'react'

/** One step: it ticks itself, and folds to a line when it is done. */
export function Step({
  title,
  done,
  summary,
  children,
}: {
  title: string
  done: boolean
  summary?: ReactNode
  children?: ReactNode
}) {
  return (
    <li className="rounded-panel border border-border bg-surface">
      <div className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <span
          aria-hidden
          className={`inline-flex size-5 items-center justify-center rounded-full border ${done ? 'border-success bg-success-bg text-success' : 'border-border-strong'}`}
        >
          {done && <Check size={12} strokeWidth={2.5} />}
        </span>
        <h2 className="font-semibold">{title}</h2>
        <span className="sr-only">{done ? 'Done' : 'To do'}</span>
        {done && <span className="text-text-2">{summary}</span>}
      </div>
      {children && <div className="px-4 pb-4 pl-12 max-md:pl-4">{children}</div>}
    </li>
  )
}
