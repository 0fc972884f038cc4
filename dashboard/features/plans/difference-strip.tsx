import { formatMoney } from '@/lib/money'
import type { BacktestRow } from './backtest-run'

const WIDTH = 640
const MIDDLE = 24

const colourOf = (minor: number) =>
  minor === 0 ? 'var(--border-strong)' : minor < 0 ? 'var(--series-1)' : 'var(--series-2)'

/** A dot for each customer: left of the line pays less, right pays more. The table below has the same numbers. */
export function DifferenceStrip({ rows }: { rows: readonly BacktestRow[] }) {
  const most = rows.reduce((far, { difference }) => Math.max(far, Math.abs(difference.amountMinor)), 1)
  const more = rows.filter(({ difference }) => difference.amountMinor > 0).length
  const less = rows.filter(({ difference }) => difference.amountMinor < 0).length
  const x = (minor: number) => WIDTH / 2 + (minor / most) * (WIDTH / 2 - 10)
  return (
    <figure className="px-4 pb-2">
      <svg
        viewBox={`0 0 ${WIDTH} ${MIDDLE * 2}`}
        role="img"
        aria-label={`${less} customers would pay less, ${more} more, ${rows.length - more - less} the same`}
        className="w-full"
      >
        <line x2={WIDTH} y1={MIDDLE} y2={MIDDLE} stroke="var(--border)" />
        <line x1={WIDTH / 2} x2={WIDTH / 2} y1="4" y2={MIDDLE * 2 - 4} stroke="var(--border-strong)" />
        {rows.map(({ customerId, difference }) => (
          <circle
            key={customerId}
            cx={x(difference.amountMinor)}
            cy={MIDDLE}
            r="5"
            fill={colourOf(difference.amountMinor)}
            fillOpacity="0.6"
          >
            <title>{`${customerId}: ${formatMoney(difference)}`}</title>
          </circle>
        ))}
      </svg>
      <figcaption className="flex flex-wrap justify-between gap-2 text-caption text-text-2">
        <span>{less} pay less</span>
        <span>{rows.length - more - less} the same</span>
        <span>{more} pay more</span>
      </figcaption>
    </figure>
  )
}
