'use client'

import { type ReactNode, useId } from 'react'
import { useEditor } from './editor-context'

type Props = {
  pointer: string
  label: string
  value: string
  onChange: (value: string) => void
  children: ReactNode
}

/** One of a few, in the editor. */
export function Choice({ pointer, label, value, onChange, children }: Props) {
  const id = useId()
  const { errors, readOnly } = useEditor()
  const wrong = errors.get(pointer)
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <select
        id={id}
        name={pointer}
        value={value}
        disabled={readOnly}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}-error` : undefined}
        onChange={(event) => onChange(event.target.value)}
        className={`h-8 w-full rounded-control border bg-surface px-2 text-text disabled:bg-sunken disabled:text-text-2 max-md:h-11 max-md:text-[16px] ${wrong ? 'border-danger' : 'border-border-strong'}`}
      >
        {children}
      </select>
      {wrong && (
        <p id={`${id}-error`} className="text-caption text-danger">
          {wrong}
        </p>
      )}
    </div>
  )
}
