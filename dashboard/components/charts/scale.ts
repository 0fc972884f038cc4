import { pixelValue } from '@/lib/decimal'

export type ChartWindow = {
  key: string
  /** Its whole name, as read out. */
  label: string
  /** Its name on the axis. */
  tick: string
  /** Minutes after midnight, of windows shorter than a day. */
  minute?: number
  soFar: boolean
}

/** One value a window, the API's strings; null where there is none. */
export type Series = { key: string; name: string; colour: string; values: readonly (string | null)[] }
export type ChartKind = 'columns' | 'lines' | 'steps'

export type Scale = { top: number; bottom: number; ticks: number[] }

/** Round ends that hold zero and all values, with three to five grid lines. For drawing alone. */
export function scaleOf(kind: ChartKind, series: readonly Series[], windows: number): Scale {
  let most = 0
  let least = 0
  for (let at = 0; at < windows; at++) {
    let up = 0
    let down = 0
    for (const { values } of series) {
      const value = pixelValue(values[at] ?? '0')
      const stacked = kind === 'columns'
      up = stacked ? up + Math.max(0, value) : Math.max(up, value)
      down = stacked ? down + Math.min(0, value) : Math.min(down, value)
    }
    most = Math.max(most, up)
    least = Math.min(least, down)
  }
  if (most === 0 && least === 0) most = 1
  const step = roundStep((most - least) / 4)
  const bottom = Math.floor(least / step) * step
  const top = Math.ceil(most / step) * step
  const ticks = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, at) => bottom + at * step)
  return { top, bottom, ticks }
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5].find((times) => times * power >= least) ?? 10) * power
}

const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** `12K`: of round numbers on an axis only. */
export function shortNumber(value: number): string {
  return SHORT.format(value).replace('K', 'k').replace('-', '−')
}

/** Which windows are named on the axis: civil boundaries, no more than fit. */
export function namedWindows(windows: readonly ChartWindow[], most: number): number[] {
  const all = windows.map((_, at) => at)
  for (const step of [15, 30, 60, 120, 180, 360, 720, 1440]) {
    const at = all.filter((index) => {
      const minute = windows[index]?.minute
      return minute !== undefined && minute % step === 0
    })
    if (at.length > 0 && at.length <= most) return at
  }
  const every = Math.ceil(windows.length / Math.max(1, most))
  const midnights = all.filter((at) => windows[at]?.minute === 0)
  const from = midnights.length > most ? midnights : all
  const thinned = from === all ? every : Math.ceil(midnights.length / Math.max(1, most))
  return from.filter((_, at) => at % thinned === 0)
}
