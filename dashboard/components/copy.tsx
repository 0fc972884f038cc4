'use client'

import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'

/** Puts a text into the clipboard; the icon turns to a tick for 1.2 s, and readers are told. */
export function CopyButton({ text, what, label }: { text: string; what: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1200)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  const Icon = copied ? Check : Copy
  return (
    <button
      type="button"
      title={`Copy ${what}`}
      data-copy={what}
      aria-label={label ? undefined : `Copy ${what}`}
      onClick={(event) => {
        event.stopPropagation()
        void copy()
      }}
      className="inline-flex h-6 min-w-6 items-center justify-center gap-1 rounded-control px-1 text-text-2 hover:bg-sunken hover:text-text max-md:-my-2.5 max-md:h-11 max-md:min-w-11"
    >
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {label}
      <span className="sr-only" aria-live="polite">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  )
}

/** An id or hash, cut in the middle, whole in the clipboard. */
export function Id({ id, what = 'id', whole = false }: { id: string; what?: string; whole?: boolean }) {
  const cut = whole || id.length <= 18 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`
  return (
    <span className="inline-flex max-w-full items-center gap-0.5 align-baseline">
      <span className={`code ${whole ? 'break-all' : ''}`} title={id}>
        {cut}
      </span>
      <CopyButton text={id} what={what} />
    </span>
  )
}
