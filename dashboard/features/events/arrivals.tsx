'use client'

import { useState } from 'react'
import { SeriesChart } from '@/components/charts/series-chart'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { formatCount, subtract } from '@/lib/decimal'
import { useOne } from '@/lib/poll'
import { formatClock, formatDay } from '@/lib/time'

const HOUR = 3_600_000
const HOURS = 24
const POLL = 10_000

/** The hours of the last day, whole ones: the last of them is running. */
function lastHours(now: number): string[] {
  const end = Math.ceil(now / HOUR) * HOUR
  return Array.from({ length: HOURS + 1 }, (_, at) => new Date(end - (HOURS - at) * HOUR).toISOString())
}

/** What was received in the last day: counted in time, counted late, and come again. Dragging narrows the list to those hours. */
export function Arrivals({ onRange }: { onRange: (receivedFrom: string, receivedTo: string) => void }) {
  const { id, api, zone } = useOrganization()
  const [ends] = useState(() => lastHours(Date.now()))
  const [from = '', to = ''] = [ends[0], ends.at(-1)]
  const query = { from, to, windowSize: 'hour' as const, timeZone: 'UTC' }
  const received = useOne(
    [id, 'analytics', 'events', from],
    () => api.GET('/api/analytics/events', { params: { query } }),
    { interval: POLL },
  )
  if (received.error || !received.data) return <div className="h-[190px]" />
  const rows = new Map(received.data.data.map((row) => [Date.parse(row.start), row]))
  const hours = ends.slice(0, -1)
  const values = (of: 'counted' | 'late' | 'duplicates') =>
    hours.map((start) => String(rows.get(Date.parse(start))?.[of] ?? 0))
  const late = values('late')
  const inTime = values('counted').map((counted, at) => subtract(counted, late[at] ?? '0'))
  const counted = received.data.data.reduce((sum, row) => sum + row.counted, 0)
  return (
    <Panel>
      <SeriesChart
        name="Events received per hour"
        total={`${formatCount(counted)} counted`}
        kind="columns"
        height={120}
        windows={hours.map((start, at) => {
          const clock = formatClock(start, zone)
          const day = formatDay(start, zone)
          return {
            key: start,
            label: `${day}, ${clock.slice(0, 5)}`,
            tick: clock.startsWith('00:00') ? day.split(' ').slice(0, 2).join(' ') : clock.slice(0, 5),
            minute: Number.parseInt(clock.slice(0, 2), 10) * 60 + Number.parseInt(clock.slice(3, 5), 10),
            soFar: at === hours.length - 1,
          }
        })}
        series={[
          { key: 'counted', name: 'Counted', colour: 'var(--series-1)', values: inTime },
          { key: 'late', name: 'Late', colour: 'var(--series-2)', values: late },
          { key: 'again', name: 'Repeated', colour: 'var(--border-strong)', values: values('duplicates') },
        ]}
        onRange={(first, last) => onRange(ends[first] ?? from, ends[last + 1] ?? to)}
      />
    </Panel>
  )
}
