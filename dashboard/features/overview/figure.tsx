import Link from 'next/link'
import type { ReactNode } from 'react'

type Props = { title: string; href: string; lines: readonly string[] | null; note?: ReactNode; absent?: string }

/** One figure and the rows behind it; a line for each currency, never a sum across. */
export function Figure({ title, href, lines, note, absent = 'Not reachable now' }: Props) {
  return (
    <section aria-label={title} className="rounded-panel border border-border bg-surface p-4">
      <h2 className="text-text-2">{title}</h2>
      <Link href={href} className="mt-1 block hover:underline">
        {lines === null ? (
          <span className="text-text-3">{absent}</span>
        ) : (
          lines.map((line) => (
            <span key={line} className="numeral block text-figure">
              {line}
            </span>
          ))
        )}
      </Link>
      {note && <p className="mt-1 text-caption text-text-2">{note}</p>}
    </section>
  )
}
