'use client'

import type { Series } from './scale'

type Props = {
  series: readonly Series[]
  hidden: ReadonlySet<string>
  onChange: (hidden: ReadonlySet<string>) => void
  previous: boolean
}

/** Names and colours, in the order of the stack. A click hides or shows one; with Alt it alone is shown. */
export function Legend({ series, hidden, onChange, previous }: Props) {
  const toggle = (key: string, alone: boolean) => {
    const others = series.filter((one) => one.key !== key).map((one) => one.key)
    if (alone) return onChange(new Set(others.every((other) => hidden.has(other)) ? [] : others))
    const next = new Set(hidden)
    if (!next.delete(key) && others.some((other) => !hidden.has(other))) next.add(key)
    onChange(next)
  }
  return (
    <ul className="flex min-w-0 flex-wrap gap-x-1 gap-y-1 text-caption text-text-2">
      {series.length > 1 &&
        series.map(({ key, name, colour }) => (
          <li key={key}>
            <button
              type="button"
              aria-pressed={!hidden.has(key)}
              title="Alt-click shows this one alone"
              onClick={(event) => toggle(key, event.altKey)}
              className={`inline-flex min-h-6 max-w-60 items-center gap-1.5 rounded-control px-1.5 hover:bg-sunken max-md:min-h-11 ${hidden.has(key) ? 'line-through' : ''}`}
            >
              <span aria-hidden className="size-2.5 shrink-0 rounded-[2px]" style={{ background: colour }} />
              <span className="truncate">{name}</span>
            </button>
          </li>
        ))}
      {previous && (
        <li className="inline-flex min-h-6 items-center gap-1.5 px-1.5">
          <span aria-hidden className="w-4 border-t-2 border-dotted border-text-3" />
          period before
        </li>
      )}
    </ul>
  )
}
