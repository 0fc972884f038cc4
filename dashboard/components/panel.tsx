import type { ReactNode } from 'react'

/** A part of a page that loads, fails and empties by itself. */
export function Panel({
  title,
  aside,
  children,
  flush = false,
}: {
  title?: string
  aside?: ReactNode
  children: ReactNode
  flush?: boolean
}) {
  return (
    <section aria-label={title} className="min-w-0 rounded-panel border border-border bg-surface">
      {title && (
        <div className="flex min-h-12 items-center justify-between gap-3 px-4 pt-2">
          <h2 className="text-panel">{title}</h2>
          {aside}
        </div>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}

/** Facts about one object: a list of terms. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(96px,auto)_1fr] items-baseline gap-x-4 gap-y-2 max-md:gap-y-1">
      {facts.map(([term, value]) => (
        <div key={term} className="contents">
          <dt className="text-text-2">{term}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
