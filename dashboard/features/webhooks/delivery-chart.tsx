'use client'

import { useState } from 'react'
import { Instant } from '@/components/instant'
import { formatClock } from '@/lib/time'
import { successRate, totals } from './facts'
import type { DeliveryWindow } from './queries'

const HEIGHT = 48
const STEP = 20

/** Attempts by the hour: what succeeded stands above the zero line, what failed below. */
export function DeliveryChart({ windows, zone }: { windows: readonly DeliveryWindow[]; zone: string }) {
  const [asTable, setAsTable] = useState(false)
  const { succeeded, failed, p95Ms } = totals(windows)
  if (windows.length === 0) return <p className="text-text-2">No attempts in the last 24 hours.</p>
  const most = Math.max(1, ...windows.map((each) => Math.max(each.succeeded, each.failed)))
  const tall = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * HEIGHT))
  const words = `${succeeded + failed} attempts in 24 hours, ${successRate(succeeded, failed)} succeeded, 95 % within ${p95Ms} ms in the slowest hour`
  return (
    <figure className="flex flex-col gap-2">
      {asTable ? (
        <WindowTable windows={windows} zone={zone} />
      ) : (
        <svg
          viewBox={`0 0 ${24 * STEP} ${HEIGHT * 2}`}
          role="img"
          aria-label={words}
          preserveAspectRatio="none"
          className="h-24 w-full"
        >
          {windows.map((each) => {
            const hours = Math.round((Date.parse(each.start) - Date.now()) / 3_600_000)
            const left = Math.max(0, Math.min(23, 24 + hours - 1)) * STEP + 3
            return (
              <g key={each.start}>
                <title>{`${formatClock(each.start, zone)}: ${each.succeeded} succeeded, ${each.failed} failed, p95 ${each.p95Ms} ms`}</title>
                <rect
                  x={left}
                  width={STEP - 6}
                  y={HEIGHT - tall(each.succeeded)}
                  height={tall(each.succeeded)}
                  className="fill-success"
                />
                <rect x={left} width={STEP - 6} y={HEIGHT} height={tall(each.failed)} className="fill-danger" />
              </g>
            )
          })}
          <line x2={24 * STEP} y1={HEIGHT} y2={HEIGHT} className="stroke-border-strong" />
        </svg>
      )}
      <figcaption className="flex flex-wrap items-center justify-between gap-2 text-text-2">
        <span className="numeral">{words}.</span>
        <button type="button" onClick={() => setAsTable(!asTable)} className="link min-h-6">
          {asTable ? 'View as chart' : 'View as table'}
        </button>
      </figcaption>
    </figure>
  )
}

function WindowTable({ windows, zone }: { windows: readonly DeliveryWindow[]; zone: string }) {
  return (
    <table className="w-full max-w-xl">
      <caption className="sr-only">Attempts by the hour</caption>
      <thead className="text-left text-caption text-text-2">
        <tr>
          <th scope="col">Hour</th>
          {['Succeeded', 'Failed', 'p50', 'p95'].map((head) => (
            <th key={head} scope="col" className="text-right">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {windows.map((each) => (
          <tr key={each.start} className="border-t border-border">
            <td>
              <Instant at={each.start} zone={zone} />
            </td>
            <td className="numeral text-right">{each.succeeded}</td>
            <td className="numeral text-right">{each.failed}</td>
            <td className="numeral text-right">{each.p50Ms} ms</td>
            <td className="numeral text-right">{each.p95Ms} ms</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
