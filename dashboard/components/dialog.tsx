'use client'

import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode, RefObject } from 'react'

const BACKDROP =
  'fixed inset-0 z-40 bg-scrim transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0'
const POPUP =
  'fixed z-50 flex flex-col overflow-y-auto border-border bg-surface shadow-float outline-none transition duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0'
const PLACES = {
  middle:
    'left-1/2 top-[12vh] max-h-[80vh] w-[calc(100%-32px)] max-w-[520px] -translate-x-1/2 rounded-dialog border text-dialog',
  right:
    'inset-y-0 right-0 w-full max-w-[560px] border-l data-[ending-style]:translate-x-4 data-[starting-style]:translate-x-4',
} as const

type Props = {
  open: boolean
  onClose: () => void
  title: string
  place?: keyof typeof PLACES
  initialFocus?: RefObject<HTMLElement | null>
  children: ReactNode
}

/** A dialog in the middle, or a drawer on the right: it holds the focus, and gives it back. */
export function Dialog({ open, onClose, title, place = 'middle', initialFocus, children }: Props) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={BACKDROP} />
        <Base.Popup className={`${POPUP} ${PLACES[place]}`} initialFocus={initialFocus}>
          <div className="sticky top-0 z-10 flex items-center justify-between gap-3 border-b border-border bg-surface px-4 py-3">
            <Base.Title className="text-panel">{title}</Base.Title>
            <Base.Close
              aria-label="Close"
              title="Close"
              className="inline-flex size-8 items-center justify-center rounded-control text-text-2 hover:bg-sunken max-md:size-11"
            >
              <X size={16} strokeWidth={1.75} aria-hidden />
            </Base.Close>
          </div>
          <div className="p-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
