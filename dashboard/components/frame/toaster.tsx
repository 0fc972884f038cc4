'use client'

import { X } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { dismissToast, readToasts, type Toast, watchToasts } from '@/lib/toasts'

const NONE: readonly Toast[] = []
const SHOWN_MILLISECONDS = 6000
const UNDO_MILLISECONDS = 10_000

/** Bottom right, three at most; they stay while the pointer or the focus rests on them, and failures until they are closed. */
export function Toaster() {
  const toasts = useSyncExternalStore(watchToasts, readToasts, () => NONE)
  const [resting, setResting] = useState(false)
  return (
    <section
      aria-label="Notices"
      aria-live="polite"
      onPointerEnter={() => setResting(true)}
      onPointerLeave={() => setResting(false)}
      onFocus={() => setResting(true)}
      onBlur={() => setResting(false)}
      className="pointer-events-none fixed bottom-4 right-4 z-[60] flex w-[calc(100%-32px)] max-w-[360px] flex-col gap-2"
    >
      {toasts.map((one) => (
        <Shown key={one.id} toast={one} resting={resting} />
      ))}
    </section>
  )
}

function Shown({ toast, resting }: { toast: Toast; resting: boolean }) {
  const { id, text, href, linked, undo, failed = false } = toast
  useEffect(() => {
    if (resting || failed) return
    const timer = setTimeout(() => dismissToast(id), undo ? UNDO_MILLISECONDS : SHOWN_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [id, resting, failed, undo])
  return (
    <div className="pointer-events-auto flex items-start gap-3 rounded-panel border border-border bg-surface px-3 py-2.5 shadow-float">
      <p className={`min-w-0 flex-1 break-words ${failed ? 'text-danger' : ''}`}>
        {text}{' '}
        {href && (
          <Link href={href} className="link" onClick={() => dismissToast(id)}>
            {linked ?? 'Open'}
          </Link>
        )}
      </p>
      {undo && (
        <button
          type="button"
          className="link min-h-6"
          onClick={() => {
            dismissToast(id)
            undo()
          }}
        >
          Undo
        </button>
      )}
      <button
        type="button"
        aria-label="Close"
        title="Close"
        onClick={() => dismissToast(id)}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded-control text-text-2 hover:bg-sunken max-md:size-11"
      >
        <X size={16} strokeWidth={1.75} aria-hidden />
      </button>
    </div>
  )
}
