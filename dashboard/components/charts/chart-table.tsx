import { formatDecimal } from '@/lib/decimal'
import type { ChartWindow, Series } from './scale'

type Props = {
  name: string
  windows: readonly ChartWindow[]
  series: readonly Series[]
  previous?: readonly (string | null)[]
}

/** What a chart draws, as a table. */
export function ChartTable({ name, windows, series, previous }: Props) {
  const shown = (value: string | null | undefined) => (value == null ? '–' : formatDecimal(value))
  return (
    <section
      aria-label={`${name} as a table`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      tabIndex={0}
      className="max-h-[300px] overflow-auto rounded-control border border-border"
    >
      <table className="numeral w-full">
        <caption className="sr-only">{name}</caption>
        <thead className="sticky top-0 bg-sunken text-caption text-text-2">
          <tr>
            <th scope="col" className="h-8 px-3 text-left font-medium">
              Window
            </th>
            {series.map((one) => (
              <th key={one.key} scope="col" className="px-3 text-right font-medium">
                {one.name}
              </th>
            ))}
            {previous && (
              <th scope="col" className="px-3 text-right font-medium">
                Period before
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {windows.map(({ key, label, soFar }, at) => (
            <tr key={key} className="border-t border-border">
              <th scope="row" className="whitespace-nowrap px-3 py-1 text-left font-normal">
                {label}
                {soFar && <span className="text-text-3"> so far</span>}
              </th>
              {series.map((one) => (
                <td key={one.key} className="px-3 text-right">
                  {shown(one.values[at])}
                </td>
              ))}
              {previous && <td className="px-3 text-right text-text-2">{shown(previous[at])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
