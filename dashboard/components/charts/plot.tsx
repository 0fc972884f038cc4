'use client'

import { useId } from 'react'
import { pixelValue } from '@/lib/decimal'
import { type ChartKind, type ChartWindow, namedWindows, type Scale, type Series, scaleOf, shortNumber } from './scale'

const LEFT = 44
const TOP = 8
const FOOT = 22

type Props = {
  kind: ChartKind
  windows: readonly ChartWindow[]
  series: readonly Series[]
  previous?: readonly (string | null)[]
  width: number
  height: number
  marked: number | null
  dragged: readonly [number, number] | null
}

/** The drawing of a chart: grid, marks, axis. Who reads it and walks it is the chart's matter. */
export function Plot({ kind, windows, series, previous, width, height, marked, dragged }: Props) {
  const hatch = useId()
  const before: Series[] = previous ? [{ key: 'previous', name: '', colour: 'var(--text-3)', values: previous }] : []
  const drawn = scaleOf(kind, series, windows.length)
  const other = scaleOf('lines', before, windows.length)
  const scale = previous && other.top > drawn.top ? other : drawn
  const inner = height - TOP - FOOT
  const y = (value: number) => TOP + ((scale.top - value) / (scale.top - scale.bottom)) * inner
  const step = (width - LEFT) / Math.max(1, windows.length)
  const x = (at: number) => LEFT + at * step
  const room = { x, y, step }
  return (
    <svg width={width} height={height} aria-hidden="true" className="block text-caption">
      <defs>
        {series.map(({ key, colour }, at) => (
          <pattern
            key={key}
            id={`${hatch}-${at}`}
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="3" height="6" fill={colour} />
          </pattern>
        ))}
      </defs>
      <Grid scale={scale} y={y} width={width} />
      {dragged && (
        <rect
          x={x(Math.min(...dragged))}
          width={(Math.abs(dragged[1] - dragged[0]) + 1) * step}
          y={TOP}
          height={inner}
          fill="var(--selected)"
        />
      )}
      {marked !== null && (
        <rect x={x(marked)} width={step} y={TOP} height={inner} fill="var(--sunken)" stroke="var(--border)" />
      )}
      {kind === 'columns' ? (
        <Stack series={series} windows={windows} hatch={hatch} {...room} />
      ) : (
        series.map((one) => <Line key={one.key} series={one} windows={windows} kind={kind} {...room} />)
      )}
      {before.map((one) => (
        <Line key="previous" series={one} windows={windows} kind="steps" faint {...room} />
      ))}
      <line x1={LEFT} x2={width} y1={y(0)} y2={y(0)} stroke="var(--border-strong)" />
      {namedWindows(windows, Math.floor((width - LEFT) / 76)).map((at) => (
        <text
          key={windows[at]?.key}
          x={Math.min(x(at) + step / 2, width - 24)}
          y={height - 6}
          textAnchor="middle"
          fill="var(--text-3)"
        >
          {windows[at]?.tick}
        </text>
      ))}
    </svg>
  )
}

function Grid({ scale, y, width }: { scale: Scale; y: (value: number) => number; width: number }) {
  return scale.ticks.map((tick) => (
    <g key={tick}>
      <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} stroke="var(--border)" />
      <text x={LEFT - 8} y={y(tick) + 4} textAnchor="end" fill="var(--text-3)" className="numeral">
        {shortNumber(tick)}
      </text>
    </g>
  ))
}

type Room = { x: (at: number) => number; y: (value: number) => number; step: number }

/** Columns upon one another; those that are not over are hatched. One path a series, whatever the number of windows. */
function Stack({
  series,
  windows,
  hatch,
  x,
  y,
  step,
}: Room & { series: readonly Series[]; windows: readonly ChartWindow[]; hatch: string }) {
  const up = windows.map(() => 0)
  const down = windows.map(() => 0)
  const gap = step > 4 ? step * 0.15 : 0
  return series.map(({ key, colour, values }, number) => {
    const paths = { over: '', soFar: '' }
    windows.forEach(({ soFar }, at) => {
      const value = pixelValue(values[at] ?? '0')
      if (value === 0) return
      const pile = value > 0 ? up : down
      const from = pile[at] ?? 0
      pile[at] = from + value
      const box = `M${x(at) + gap} ${y(from)}H${x(at) + step - gap}V${y(from + value)}H${x(at) + gap}Z`
      paths[soFar ? 'soFar' : 'over'] += box
    })
    return (
      <g key={key}>
        <path d={paths.over} fill={colour} />
        <path d={paths.soFar} fill={`url(#${hatch}-${number})`} stroke={colour} />
      </g>
    )
  })
}

/** A line or a step line: gaps where there is no value, dashed where the window is not over. */
function Line({
  series,
  windows,
  kind,
  x,
  y,
  step,
  faint = false,
}: Room & { series: Series; windows: readonly ChartWindow[]; kind: ChartKind; faint?: boolean }) {
  const paths = { over: '', soFar: '' }
  const lone: [number, number][] = []
  windows.forEach(({ soFar }, at) => {
    const value = series.values[at]
    if (value == null) return
    const height = y(pixelValue(value))
    const last = series.values[at - 1]
    const path = soFar && !faint ? 'soFar' : 'over'
    if (kind === 'steps') {
      const begin = last == null ? `M${x(at)} ${height}` : `M${x(at)} ${y(pixelValue(last))}V${height}`
      paths[path] += `${begin}H${x(at) + step}`
      return
    }
    if (last == null && series.values[at + 1] == null) lone.push([x(at) + step / 2, height])
    if (last != null) paths[path] += `M${x(at) - step / 2} ${y(pixelValue(last))}L${x(at) + step / 2} ${height}`
  })
  const looks = { fill: 'none', stroke: series.colour, strokeWidth: faint ? 1.25 : 2 }
  return (
    <g>
      <path d={paths.over} {...looks} strokeDasharray={faint ? '1 3' : undefined} strokeLinecap="round" />
      <path d={paths.soFar} {...looks} strokeDasharray="4 4" />
      {lone.map(([left, top]) => (
        <circle key={left} cx={left} cy={top} r="3" fill={series.colour} />
      ))}
    </g>
  )
}

/** Which window lies under a distance from the left edge. */
export function windowAt(left: number, width: number, windows: number): number {
  const at = Math.floor(((left - LEFT) / Math.max(1, width - LEFT)) * windows)
  return Math.min(windows - 1, Math.max(0, at))
}
