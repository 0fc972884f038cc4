'use client'

import { createContext, type ReactNode, useContext, useEffect, useId, useRef } from 'react'
import { type Problem, problemOf } from '@/lib/api/problem'
import { CopyButton } from './copy'

type FormState = { errors: ReadonlyMap<string, string> }
const FormContext = createContext<FormState>({ errors: new Map() })

/** The typed values of a form, trimmed, by field name. */
export type Typed = (name: string) => string

/** What was typed into a field for a password: every character of it. */
export function secretOf(form: FormData, name: string): string {
  return String(form.get(name) ?? '')
}

type Props = {
  error: unknown
  /** Problems found here, by field name; the API's own come through `error`. */
  onSubmit: (typed: Typed, form: FormData) => void
  /** Sentences for codes of problems that deserve better than their detail. */
  sentences?: Record<string, ReactNode>
  children: ReactNode
}

/**
 * A form whose fields are named by the JSON pointers of the request (`/name`): what the API finds wrong stands under its
 * field, the rest on top, and the focus moves to the first of them.
 */
export function Form({ error, onSubmit, sentences = {}, children }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const problem = error ? problemOf(error) : null
  const errors = new Map((problem?.fields ?? []).map(({ field, detail }) => [field, detail]))
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-summary]')?.focus()
  }, [error])
  return (
    <FormContext value={{ errors }}>
      <form
        ref={form}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          onSubmit((name) => String(data.get(name) ?? '').trim(), data)
        }}
      >
        {problem && <Summary problem={problem} form={form.current} sentence={sentences[problem.code]} />}
        {children}
      </form>
    </FormContext>
  )
}

function Summary({
  problem,
  form,
  sentence,
}: {
  problem: Problem
  form: HTMLFormElement | null
  sentence?: ReactNode
}) {
  const homeless = problem.fields.filter(({ field }) => !form?.elements.namedItem(field))
  if (problem.fields.length > 0 && homeless.length === 0) return null
  return (
    <div
      role="alert"
      data-summary
      tabIndex={-1}
      className="rounded-control border border-danger bg-danger-bg px-3 py-2 text-danger"
    >
      {sentence ?? problem.detail}
      {homeless.map(({ field, detail }) => (
        <p key={field}>
          <span className="code">{field}</span> {detail}
        </p>
      ))}
      {problem.requestId && problem.status >= 500 && (
        <span className="flex items-center">
          <span className="code">{problem.requestId}</span>
          <CopyButton text={problem.requestId} what="request id" />
        </span>
      )}
    </div>
  )
}

const CONTROL =
  'w-full rounded-control border bg-surface px-2.5 text-text disabled:bg-sunken disabled:text-text-2 max-md:text-[16px]'

type FieldProps = {
  name: string
  label: string
  help?: ReactNode
  error?: string
  optional?: boolean
}

function useField({ name, help, error }: FieldProps) {
  const id = useId()
  const wrong = useContext(FormContext).errors.get(name) ?? error
  const described = [help ? `${id}-help` : '', wrong ? `${id}-error` : ''].filter(Boolean).join(' ')
  return { id, wrong, aria: { 'aria-invalid': wrong ? true : undefined, 'aria-describedby': described || undefined } }
}

function Around({
  field,
  id,
  wrong,
  children,
}: {
  field: FieldProps
  id: string
  wrong?: string
  children: ReactNode
}) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {field.label}
        {field.optional && <span className="font-normal text-text-3"> optional</span>}
      </label>
      {children}
      {field.help && (
        <p id={`${id}-help`} className="text-caption text-text-2">
          {field.help}
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

/** One line of text. */
export function TextField({
  name,
  label,
  help,
  error,
  optional,
  ...input
}: FieldProps & Omit<React.InputHTMLAttributes<HTMLInputElement>, 'name'>) {
  const field = { name, label, help, error, optional }
  const { id, wrong, aria } = useField(field)
  return (
    <Around field={field} id={id} wrong={wrong}>
      <input
        {...input}
        {...aria}
        id={id}
        name={name}
        className={`${CONTROL} h-8 max-md:h-11 ${wrong ? 'border-danger' : 'border-border-strong'} ${input.className ?? ''}`}
      />
    </Around>
  )
}

/** Several lines of text. */
export function TextArea({
  name,
  label,
  help,
  error,
  optional,
  ...input
}: FieldProps & Omit<React.TextareaHTMLAttributes<HTMLTextAreaElement>, 'name'>) {
  const field = { name, label, help, error, optional }
  const { id, wrong, aria } = useField(field)
  return (
    <Around field={field} id={id} wrong={wrong}>
      <textarea
        rows={3}
        {...input}
        {...aria}
        id={id}
        name={name}
        className={`${CONTROL} py-1.5 ${wrong ? 'border-danger' : 'border-border-strong'} ${input.className ?? ''}`}
      />
    </Around>
  )
}

/** One of a few. */
export function SelectField({
  name,
  label,
  help,
  error,
  optional,
  children,
  ...input
}: FieldProps & Omit<React.SelectHTMLAttributes<HTMLSelectElement>, 'name'>) {
  const field = { name, label, help, error, optional }
  const { id, wrong, aria } = useField(field)
  return (
    <Around field={field} id={id} wrong={wrong}>
      <select
        {...input}
        {...aria}
        id={id}
        name={name}
        className={`${CONTROL} h-8 max-md:h-11 ${wrong ? 'border-danger' : 'border-border-strong'}`}
      >
        {children}
      </select>
    </Around>
  )
}
