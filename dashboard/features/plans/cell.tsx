'use client'

import { type InputHTMLAttributes, useId } from 'react'
import { formatDecimal, parseTyped } from '@/lib/decimal'
import { useEditor } from './editor-context'

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & {
  /** The JSON pointer of what it edits. */
  pointer: string
  label: string
  value: string
  onChange: (typed: string) => void
  shownLabel?: boolean
  help?: string
  numeric?: boolean
}

/** One value of the editor: a number regroups when it is left, and what is wrong with it stands below. */
export function Cell({ pointer, label, value, onChange, shownLabel = true, help, numeric = true, ...input }: Props) {
  const id = useId()
  const { errors, readOnly } = useEditor()
  const wrong = errors.get(pointer)
  const described = [help ? `${id}-help` : '', wrong ? `${id}-error` : ''].filter(Boolean).join(' ')
  const regroup = () => {
    const decimal = numeric ? parseTyped(value) : null
    if (decimal !== null && formatDecimal(decimal) !== value) onChange(formatDecimal(decimal))
  }
  return (
    <div className="flex min-w-0 flex-col gap-1">
      {shownLabel && (
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
      )}
      <input
        autoComplete="off"
        inputMode={numeric ? 'decimal' : undefined}
        {...input}
        id={id}
        name={pointer}
        value={value}
        readOnly={readOnly}
        aria-label={shownLabel ? undefined : label}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={described || undefined}
        onChange={(event) => onChange(event.target.value)}
        onBlur={regroup}
        className={`h-8 w-full min-w-0 rounded-control border bg-surface px-2.5 text-text read-only:bg-sunken max-md:h-11 max-md:text-[16px] ${numeric ? 'numeral text-right' : ''} ${wrong ? 'border-danger' : 'border-border-strong'}`}
      />
      {help && (
        <p id={`${id}-help`} className="text-caption text-text-2">
          {help}
        </p>
      )}
      {wrong && (
        <p id={`${id}-error`} className="text-caption text-danger">
          {wrong}
        </p>
      )}
    </div>
  )
}
