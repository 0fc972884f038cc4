'use client'

import { useEffect, useRef, useState } from 'react'
import type { Event } from './queries'

/** A span of time of receipt in which events came that the list has never shown. */
export type Gap = { from: string; to: string }

/**
 * Where more events came between two answers than an answer holds: what lies between the newest row of the one and the
 * oldest row of the other. It stands until another filter is chosen or it is opened.
 */
export function useGap(rows: readonly Event[] | undefined, filters: string): { gap: Gap | null; close: () => void } {
  const [gap, setGap] = useState<Gap | null>(null)
  const seen = useRef<{ filters: string; newest: Event } | null>(null)
  useEffect(() => {
    const [newest] = rows ?? []
    const oldest = rows?.at(-1)
    if (!newest || !oldest) return
    if (seen.current?.filters !== filters) setGap(null)
    else {
      const last = seen.current.newest
      if (last.receivedAt < oldest.receivedAt)
        setGap((before) => ({ from: before?.from ?? last.receivedAt, to: oldest.receivedAt }))
    }
    seen.current = { filters, newest }
  }, [rows, filters])
  return { gap, close: () => setGap(null) }
}
