'use client'

import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { compare, formatDecimal } from '@/lib/decimal'
import { ChartTable } from './chart-table'
import { Legend } from './legend'
import { Plot, windowAt } from './plot'
import type { ChartKind, ChartWindow, Series } from './scale'

const HEIGHT = 260

type Props = {
  /** What it shows: "API calls per day". */
  name: string
  /** The API's total, as text. */
  total: string
  kind: ChartKind
  windows: readonly ChartWindow[]
  series: readonly Series[]
  previous?: readonly (string | null)[]
  height?: number
  /** Dragging over windows, or Shift with the arrows and Enter, chooses them. */
  onRange?: (first: number, last: number) => void
}

/** A chart over windows: a legend that toggles, a reading of each window by pointer or arrow keys, and all of it as a table. */
export function SeriesChart({ name, total, kind, windows, series, previous, height = HEIGHT, onRange }: Props) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [asTable, setAsTable] = useState(false)
  const shown = series.filter(({ key }) => !hidden.has(key))
  const summary = summaryOf(name, total, windows, series)
  return (
    <figure className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <Legend series={series} hidden={hidden} onChange={setHidden} previous={previous !== undefined} />
        <button type="button" onClick={() => setAsTable(!asTable)} className="link ml-auto min-h-6 max-md:min-h-11">
          {asTable ? 'View as chart' : 'View as table'}
        </button>
      </div>
      {asTable ? (
        <ChartTable name={name} windows={windows} series={shown} previous={previous} />
      ) : (
        <Walked {...{ summary, kind, windows, previous, height, onRange }} series={shown} />
      )}
    </figure>
  )
}

/** "API calls per day, 1 November – 30 November, highest 812 on 14 November, total 12,000." */
function summaryOf(name: string, total: string, windows: readonly ChartWindow[], series: readonly Series[]): string {
  const [only] = series
  const span = `${windows[0]?.label ?? ''} to ${windows.at(-1)?.label ?? ''}`
  if (series.length !== 1 || !only) return `${name}, ${span}, ${series.length} groups, total ${total}`
  let highest: { value: string; at: number } | null = null
  only.values.forEach((value, at) => {
    if (value !== null && (!highest || compare(value, highest.value) > 0)) highest = { value, at }
  })
  const found = highest as { value: string; at: number } | null
  const peak = found ? `, highest ${formatDecimal(found.value)} on ${windows[found.at]?.label}` : ''
  return `${name}, ${span}${peak}, total ${total}`
}

type WalkedProps = Pick<Props, 'kind' | 'windows' | 'series' | 'previous' | 'onRange'> & {
  summary: string
  height: number
}

function Walked({ summary, kind, windows, series, previous, height, onRange }: WalkedProps) {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(640)
  const [marked, setMarked] = useState<number | null>(null)
  const [anchor, setAnchor] = useState<number | null>(null)
  useEffect(() => {
    if (!box.current) return
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)))
    watch.observe(box.current)
    return () => watch.disconnect()
  }, [])
  const under = (event: PointerEvent<HTMLDivElement>) =>
    windowAt(event.clientX - event.currentTarget.getBoundingClientRect().left, width, windows.length)
  const choose = (last: number) => {
    if (anchor !== null && anchor !== last) onRange?.(Math.min(anchor, last), Math.max(anchor, last))
    setAnchor(null)
  }
  const walk = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -windows.length, End: windows.length }
    const step = steps[event.key]
    if (step !== undefined) {
      event.preventDefault()
      const from = marked ?? (step > 0 ? -1 : windows.length)
      setAnchor(event.shiftKey ? (anchor ?? marked ?? 0) : null)
      setMarked(Math.min(windows.length - 1, Math.max(0, from + step)))
    } else if (event.key === 'Enter' && marked !== null) choose(marked)
    else if (event.key === 'Escape') {
      setMarked(null)
      setAnchor(null)
    }
  }
  return (
    <div
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label={summary}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, windows.length - 1)}
      aria-valuenow={marked ?? 0}
      aria-valuetext={marked === null ? summary : readingOf(marked, windows, series)}
      onKeyDown={walk}
      onPointerMove={(event) => setMarked(under(event))}
      onPointerLeave={() => setMarked(null)}
      onPointerDown={(event) => onRange && setAnchor(under(event))}
      onPointerUp={(event) => choose(under(event))}
      className="relative min-w-0 touch-pan-y select-none overflow-hidden rounded-control"
    >
      <Plot
        {...{ kind, windows, series, previous, width, marked }}
        height={height}
        dragged={anchor !== null && marked !== null ? [anchor, marked] : null}
      />
      {marked !== null && <Reading at={marked} {...{ windows, series, previous, width }} />}
    </div>
  )
}

function readingOf(at: number, windows: readonly ChartWindow[], series: readonly Series[]): string {
  const values = series.map(({ name, values }) => `${series.length > 1 ? `${name} ` : ''}${shownValue(values[at])}`)
  return `${windows[at]?.label}: ${values.join(', ')}${windows[at]?.soFar ? ', so far' : ''}`
}

function shownValue(value: string | null | undefined): string {
  return value == null ? '–' : formatDecimal(value)
}

type ReadingProps = Pick<Props, 'windows' | 'series' | 'previous'> & { at: number; width: number }

/** The values of one window, beside it. */
function Reading({ at, windows, series, previous, width }: ReadingProps) {
  const left = at < windows.length / 2
  const beside = ((at + (left ? 1 : 0)) / Math.max(1, windows.length)) * (width - 44) + 44
  const place = left ? { left: beside + 8 } : { right: width - beside + 8 }
  return (
    <div
      style={place}
      className="pointer-events-none absolute top-2 z-10 max-w-72 rounded-control border border-border bg-surface px-2.5 py-1.5 text-caption shadow-float"
    >
      <p className="font-medium">
        {windows[at]?.label}
        {windows[at]?.soFar && <span className="font-normal text-text-3"> so far</span>}
      </p>
      {series.map(({ key, name, colour, values }) => (
        <p key={key} className="flex items-center gap-2">
          <span aria-hidden className="size-2 shrink-0" style={{ background: colour }} />
          <span className="min-w-0 flex-1 truncate">{name}</span>
          <span className="numeral">{shownValue(values[at])}</span>
        </p>
      ))}
      {previous && (
        <p className="flex justify-between gap-2 text-text-2">
          Period before <span className="numeral">{shownValue(previous[at])}</span>
        </p>
      )}
    </div>
  )
}
