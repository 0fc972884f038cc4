'use client'

import { formatInstant, formatUtc } from '@/lib/time'

/** A moment in a zone; hovering tells UTC to the millisecond and the reader's own time. */
export function Instant({ at, zone, seconds = false }: { at: string; zone: string; seconds?: boolean }) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <time
      dateTime={at}
      title={`${formatUtc(at)}\n${formatInstant(at, own, true)} ${own}`}
      suppressHydrationWarning
      className="numeral whitespace-nowrap"
    >
      {formatInstant(at, zone, seconds)}
    </time>
  )
}
