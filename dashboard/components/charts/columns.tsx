'use client'

import { useId, useState } from 'react'
import { compare, formatDecimal, pixelValue } from '@/lib/decimal'

type Bar = { label: string; value: string | null; soFar: boolean }

const HEIGHT = 160
const WIDTH = 640

/** Columns from zero; the window that is not over is hatched. Each has its exact value, and all are there as a table. */
export function Columns({ name, bars, total }: { name: string; bars: readonly Bar[]; total: string }) {
  const hatch = useId()
  const [asTable, setAsTable] = useState(false)
  const values = bars.map(({ value }) => value ?? '0')
  const highest = values.reduce((most, value) => (compare(value, most) > 0 ? value : most), '0')
  const lowest = values.reduce((least, value) => (compare(value, least) < 0 ? value : least), '0')
  const empty = highest === '0' && lowest === '0'
  const top = empty ? 1 : pixelValue(highest)
  const span = top - pixelValue(lowest)
  const y = (value: number) => ((top - value) / span) * HEIGHT
  const step = WIDTH / Math.max(bars.length, 1)
  const summary = `${name}, highest ${formatDecimal(highest)}, total ${total}`
  return (
    <figure className="flex flex-col gap-2">
      {asTable ? (
        <BarTable name={name} bars={bars} />
      ) : (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 1}`} role="img" aria-label={summary} className="w-full">
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="3" height="6" fill="var(--series-1)" />
            </pattern>
          </defs>
          <line x2={WIDTH} y1={0.5} y2={0.5} stroke="var(--border)" />
          <line x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} stroke="var(--border)" />
          {bars.map(({ label, value, soFar }, at) => {
            const size = pixelValue(value ?? '0')
            return (
              <rect
                key={label}
                x={at * step + step * 0.15}
                width={step * 0.7}
                y={Math.min(y(size), y(0))}
                height={Math.abs(y(0) - y(size))}
                fill={soFar ? `url(#${hatch})` : 'var(--series-1)'}
              >
                <title>{`${label}: ${value === null ? '–' : formatDecimal(value)}${soFar ? ', so far' : ''}`}</title>
              </rect>
            )
          })}
          <line x2={WIDTH} y1={y(0)} y2={y(0)} stroke="var(--border-strong)" />
        </svg>
      )}
      {!asTable && (
        <p className="flex justify-between text-caption text-text-3" aria-hidden>
          <span>{bars[0]?.label}</span>
          <span>{bars.at(-1)?.label}</span>
        </p>
      )}
      <figcaption className="flex flex-wrap items-center justify-between gap-2 text-text-2">
        <span className="numeral">
          Total {total}. Highest {formatDecimal(highest)}.
        </span>
        <button type="button" onClick={() => setAsTable(!asTable)} className="link min-h-6">
          {asTable ? 'View as chart' : 'View as table'}
        </button>
      </figcaption>
    </figure>
  )
}

function BarTable({ name, bars }: { name: string; bars: readonly Bar[] }) {
  return (
    <table className="w-full">
      <caption className="sr-only">{name}</caption>
      <thead className="text-left text-caption text-text-2">
        <tr>
          <th scope="col">Window</th>
          <th scope="col" className="text-right">
            Value
          </th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ label, value, soFar }) => (
          <tr key={label} className="border-t border-border">
            <td>
              {label}
              {soFar && <span className="text-text-3"> so far</span>}
            </td>
            <td className="numeral text-right">{value === null ? '–' : formatDecimal(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
