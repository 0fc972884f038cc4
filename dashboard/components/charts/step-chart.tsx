'use client'

import { useEffect, useRef, useState } from 'react'
import { useCursor } from './use-cursor'

/** `value` is a position for drawing alone; what is printed is `text`. `jumps`: the next point begins another level. */
export type ChartPoint = { at: number; value: number; label: string; text: string; jumps: boolean }

type Props = {
  /** An accessible name that sums the chart up. */
  name: string
  points: readonly ChartPoint[]
  bounds: readonly { at: number; label: string }[]
  marker: ChartPoint | null
  heads: readonly [string, string]
  dimmed?: boolean
}

const HEIGHT = 200
const EDGE = { left: 44, right: 12, top: 18, bottom: 22 }
const LABEL_WIDTH = 44

/** A value over a quantity: lines, jumps drawn vertical with a filled and a hollow dot, bounds as thin lines, a marker. */
export function StepChart({ name, points, bounds, marker, heads, dimmed = false }: Props) {
  const [asTable, setAsTable] = useState(false)
  const [frame, width] = useWidth()
  const right = Math.max(1, ...points.map(({ at }) => at))
  const top = roundAbove(Math.max(0, marker?.value ?? 0, ...points.map(({ value }) => value)))
  const x = (at: number) => EDGE.left + (at / right) * (width - EDGE.left - EDGE.right)
  const y = (value: number) => EDGE.top + (1 - value / top) * (HEIGHT - EDGE.top - EDGE.bottom)
  const cursor = useCursor(points, x)
  const seen = cursor.index === null ? undefined : points[cursor.index]
  return (
    <figure ref={frame} className={`flex flex-col gap-1 ${dimmed ? 'opacity-60' : ''}`}>
      {asTable ? (
        <PointTable name={name} points={points} heads={heads} />
      ) : (
        <svg
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="img"
          aria-label={name}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk its points
          tabIndex={0}
          {...cursor.handlers}
          className="w-full"
          fontSize="11"
        >
          {[0.25, 0.5, 0.75, 1].map((part) => (
            <Grid key={part} y={y(top * part)} width={width} label={short(top * part)} />
          ))}
          <Bounds bounds={bounds.filter(({ at }) => at <= right)} x={x} />
          <path d={pathOf(points, x, y)} fill="none" stroke="var(--series-1)" strokeWidth="2" />
          <Jumps points={points} x={x} y={y} />
          <line x1={EDGE.left} x2={width - EDGE.right} y1={y(0)} y2={y(0)} stroke="var(--border-strong)" />
          <text x={EDGE.left} y={HEIGHT - 6} fill="var(--text-3)">
            0
          </text>
          <text x={width - EDGE.right} y={HEIGHT - 6} textAnchor="end" fill="var(--text-3)">
            {short(right)}
          </text>
          {seen && (
            <g>
              <line x1={x(seen.at)} x2={x(seen.at)} y1={EDGE.top} y2={y(0)} stroke="var(--text-2)" />
              <circle cx={x(seen.at)} cy={y(seen.value)} r="4" fill="var(--text)" />
            </g>
          )}
          {marker && <Marker marker={marker} x={x(marker.at)} y={y(marker.value)} width={width} />}
        </svg>
      )}
      <figcaption className="flex items-center justify-between gap-2">
        <span aria-live="polite" className="numeral text-text-2">
          {seen ? `${seen.label}: ${seen.text}` : ''}
        </span>
        <button type="button" onClick={() => setAsTable(!asTable)} className="link min-h-6">
          {asTable ? 'View as chart' : 'View as table'}
        </button>
      </figcaption>
    </figure>
  )
}

/** The width in which it stands, so that its letters keep their size. */
function useWidth() {
  const frame = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(400)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(240, Math.round(entry?.contentRect.width ?? 400))),
    )
    if (frame.current) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [])
  return [frame, width] as const
}

type Scale = (value: number) => number

function pathOf(points: readonly ChartPoint[], x: Scale, y: Scale): string {
  const parts: string[] = []
  for (const [index, { at, value }] of points.entries()) {
    const before = points[index - 1]
    if (before?.jumps) parts.push(`M${x(before.at)} ${y(value)}`)
    parts.push(`${parts.length === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`)
  }
  return parts.join('')
}

function Jumps({ points, x, y }: { points: readonly ChartPoint[]; x: Scale; y: Scale }) {
  return points.map((point, index) => {
    const next = points[index + 1]
    if (!point.jumps || !next) return null
    const at = x(point.at)
    return (
      <g key={point.at}>
        <line x1={at} x2={at} y1={y(point.value)} y2={y(next.value)} stroke="var(--series-1)" strokeDasharray="2 2" />
        <circle cx={at} cy={y(point.value)} r="3" fill="var(--series-1)" />
        <circle cx={at} cy={y(next.value)} r="3" fill="var(--surface)" stroke="var(--series-1)" strokeWidth="1.5" />
      </g>
    )
  })
}

function Grid({ y, width, label }: { y: number; width: number; label: string }) {
  return (
    <g>
      <line x1={EDGE.left} x2={width - EDGE.right} y1={y} y2={y} stroke="var(--border)" />
      <text x={EDGE.left - 6} y={y + 4} textAnchor="end" fill="var(--text-3)">
        {label}
      </text>
    </g>
  )
}

function Bounds({ bounds, x }: { bounds: Props['bounds']; x: Scale }) {
  let lastLabel = Number.NEGATIVE_INFINITY
  return bounds.map(({ at, label }) => {
    const here = x(at)
    const fits = here - lastLabel >= LABEL_WIDTH && here > EDGE.left
    if (fits) lastLabel = here
    return (
      <g key={at}>
        <line
          x1={here}
          x2={here}
          y1={EDGE.top}
          y2={HEIGHT - EDGE.bottom}
          stroke="var(--border-strong)"
          strokeWidth="0.5"
        />
        {fits && (
          <text x={here} y={EDGE.top - 6} textAnchor="middle" fill="var(--text-3)">
            {label}
          </text>
        )}
      </g>
    )
  })
}

function Marker({ marker, x, y, width }: { marker: ChartPoint; x: number; y: number; width: number }) {
  const anchor = x > width * 0.6 ? 'end' : 'start'
  return (
    <g data-testid="marker" data-at={marker.label} data-value={marker.text}>
      <line x1={x} x2={x} y1={y} y2={HEIGHT - EDGE.bottom} stroke="var(--text-2)" strokeDasharray="3 3" />
      <circle cx={x} cy={y} r="5" fill="var(--series-2)" stroke="var(--surface)" strokeWidth="1.5" />
      <text
        x={x + (anchor === 'end' ? -9 : 9)}
        y={Math.max(12, y - 8)}
        textAnchor={anchor}
        paintOrder="stroke"
        stroke="var(--surface)"
        strokeWidth="4"
        fill="var(--text)"
        fontSize="12"
      >
        {marker.text}
      </text>
    </g>
  )
}

function PointTable({ name, points, heads }: Pick<Props, 'name' | 'points' | 'heads'>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className="relative max-h-64 overflow-y-auto" tabIndex={0} aria-label={name}>
      <table className="w-full">
        <caption className="sr-only">{name}</caption>
        <thead className="text-caption text-text-2">
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col" className="text-right font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="numeral text-right">
          {points.map(({ at, label, text }) => (
            <tr key={at} className="border-t border-border">
              <td>{label}</td>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** 1, 2, 4, 5 or 8 times a power of ten: quarters of it are round too. */
function roundAbove(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * ([1, 2, 4, 5, 8, 10].find((first) => first * power >= value) ?? 10)
}

/** A tick: `12k`, `1.2M`, `0.05`. */
function short(value: number): string {
  const [size, unit] = value >= 1e9 ? [1e9, 'B'] : value >= 1e6 ? [1e6, 'M'] : value >= 1e3 ? [1e3, 'k'] : [1, '']
  return `${Number((value / size).toPrecision(3))}${unit}`
}
