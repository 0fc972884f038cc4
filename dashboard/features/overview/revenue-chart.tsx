import { formatMoney } from '@/lib/money'
import type { RevenueMonth } from './queries'

type Props = { months: readonly RevenueMonth[]; zone: string }

const HEIGHT = 120
const STEP = 40
const COLUMN = 24

/** Base and usage of each month, stacked; the month that runs is hatched. What is printed comes from the API's amounts. */
export function RevenueChart({ months, zone }: Props) {
  const currency = months[0]?.invoiced.currency ?? ''
  const most = Math.max(1, ...months.map(({ invoiced }) => invoiced.amountMinor))
  const tall = (minor: number) => Math.max(0, (minor / most) * HEIGHT)
  const name = (start: string) =>
    new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: zone }).format(new Date(start))
  const title = `Revenue by month in ${currency}, highest ${formatMoney({ amountMinor: most, currency })}`
  return (
    <figure className="overflow-x-auto">
      <svg
        role="img"
        aria-label={title}
        width={months.length * STEP}
        height={HEIGHT + 24}
        className="block text-caption"
      >
        <defs>
          <pattern id="so-far" width="6" height="6" patternTransform="rotate(45)" patternUnits="userSpaceOnUse">
            <rect width="3" height="6" className="fill-accent" />
          </pattern>
        </defs>
        <line x1="0" x2={months.length * STEP} y1={HEIGHT} y2={HEIGHT} className="stroke-border-strong" />
        {months.map((month, at) => {
          const base = tall(month.base.amountMinor)
          const usage = tall(month.usage.amountMinor)
          const left = at * STEP + (STEP - COLUMN) / 2
          const fill = at === months.length - 1 ? 'url(#so-far)' : undefined
          return (
            <g key={month.start}>
              <title>{`${name(month.start)}: ${formatMoney(month.invoiced)} invoiced, ${formatMoney(month.base)} base, ${formatMoney(month.usage)} usage`}</title>
              <rect x={left} y={HEIGHT - base} width={COLUMN} height={base} className="fill-border-strong" />
              <rect
                x={left}
                y={HEIGHT - base - usage}
                width={COLUMN}
                height={usage}
                fill={fill}
                className="fill-accent"
              />
              <text x={at * STEP + STEP / 2} y={HEIGHT + 16} textAnchor="middle" className="fill-text-3">
                {name(month.start)}
              </text>
            </g>
          )
        })}
      </svg>
      <figcaption className="mt-2 text-caption text-text-2">
        {currency}: usage above base, the last month so far.
      </figcaption>
    </figure>
  )
}
