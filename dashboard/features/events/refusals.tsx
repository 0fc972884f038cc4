'use client'

import { useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { formatCount } from '@/lib/decimal'
import { useOne } from '@/lib/poll'

const DAY = 86_400_000
const POLL = 10_000

/** How many were refused in the last day, by code; choosing one shows those alone. */
export function Refusals({ code, onChoose }: { code: string | null; onChoose: (code: string | null) => void }) {
  const { id, api } = useOrganization()
  const [to] = useState(() => Date.now() + DAY)
  const query = {
    from: new Date(to - 2 * DAY).toISOString(),
    to: new Date(to).toISOString(),
    windowSize: 'none' as const,
  }
  const refused = useOne(
    [id, 'analytics', 'rejections', 'by-code', query.from],
    () => api.GET('/api/analytics/rejections', { params: { query } }),
    { interval: POLL },
  )
  const rows = refused.data?.data ?? []
  if (rows.length === 0) return null
  return (
    <ul aria-label="Refused in the last day, by code" className="flex flex-wrap gap-2 pt-3">
      {rows.map((row) => (
        <li key={row.code}>
          <button
            type="button"
            aria-pressed={row.code === code}
            onClick={() => onChoose(row.code === code ? null : row.code)}
            className="inline-flex h-7 items-center gap-2 rounded-control border border-border-strong bg-surface px-2 hover:bg-sunken aria-pressed:bg-selected aria-pressed:text-accent-text max-md:h-11"
          >
            {row.code} <span className="numeral font-medium">{formatCount(row.count)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
