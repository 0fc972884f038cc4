'use client'

import { X } from 'lucide-react'
import { useEffect, useState } from 'react'

export type Filter = { name: string; label: string; placeholder?: string; choices?: readonly string[] }

type Props = {
  filters: readonly Filter[]
  values: Readonly<Record<string, string | null | undefined>>
  onChange: (changes: Record<string, string | null>, how?: 'push' | 'replace') => void
}

const PAUSE_MILLISECONDS = 250
const CONTROL =
  'h-8 max-md:h-11 max-md:text-[16px] rounded-control border border-border-strong bg-surface px-2.5 text-text'

/** The one filter bar of a page; what is active is shown as a chip that takes it away. */
export function Filters({ filters, values, onChange }: Props) {
  const active = filters.filter(({ name }) => values[name])
  return (
    <search className="flex flex-col gap-2 py-3">
      <div className="flex flex-wrap gap-2">
        {filters.map((filter) =>
          filter.choices ? (
            <select
              key={filter.name}
              aria-label={filter.label}
              value={values[filter.name] ?? ''}
              onChange={(event) => onChange({ [filter.name]: event.target.value || null })}
              className={CONTROL}
            >
              <option value="">{filter.label}: any</option>
              {filter.choices.map((choice) => (
                <option key={choice}>{choice}</option>
              ))}
            </select>
          ) : (
            <TextFilter
              key={filter.name}
              filter={filter}
              value={values[filter.name] ?? ''}
              onChange={(value) => onChange({ [filter.name]: value || null }, 'replace')}
            />
          ),
        )}
      </div>
      {active.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {active.map(({ name, label }) => (
            <li key={name}>
              <button
                type="button"
                onClick={() => onChange({ [name]: null })}
                className="inline-flex h-6 items-center gap-1 rounded-control bg-selected px-2 text-caption text-accent-text max-md:h-11"
              >
                {label}: {values[name]}
                <X size={12} strokeWidth={1.75} aria-label="Remove" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  )
}

function TextFilter({ filter, value, onChange }: { filter: Filter; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed === value) return
    const timer = setTimeout(() => onChange(typed.trim()), PAUSE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [typed, value, onChange])
  return (
    <input
      type="search"
      aria-label={filter.label}
      placeholder={filter.placeholder ?? filter.label}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      className={`${CONTROL} w-56 max-md:w-full`}
    />
  )
}
