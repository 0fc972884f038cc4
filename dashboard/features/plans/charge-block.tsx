import { formatDecimal } from '@/lib/decimal'
import { formatMoney } from '@/lib/money'
import type { Charge } from './queries'
import { chargeSentence, type PriceShown } from './sentences'

type Props = { charge: Charge; currency: string }

/** One charge as a customer would read it, with its tiers; with a matrix, each value's price. */
export function ChargeBlock({ charge, currency }: Props) {
  const { name, metric, model, matrix } = charge
  return (
    <section aria-label={name} className="flex flex-col gap-2 border-t border-border p-4 first:border-t-0">
      <h3 className="font-medium">
        {name} <span className="code text-text-2">{metric}</span>
      </h3>
      {matrix ? (
        <>
          <p>Priced by {matrix.property}:</p>
          <dl className="flex flex-col gap-3">
            {[...matrix.values, { ...matrix.default, value: null }].map((price) => (
              <div key={price.value ?? 'all other values'} className="grid gap-x-4 gap-y-1 sm:grid-cols-[160px_1fr]">
                <dt className={price.value === null ? 'text-text-2' : 'code break-all'}>
                  {price.value === null ? 'all other values' : price.value || '""'}
                </dt>
                <dd className="flex flex-col gap-2">
                  <Price price={{ ...price, model }} currency={currency} of={`${name}, ${price.value ?? 'others'}`} />
                </dd>
              </div>
            ))}
          </dl>
        </>
      ) : (
        <Price price={charge} currency={currency} of={name} />
      )}
    </section>
  )
}

function Price({ price, currency, of }: { price: PriceShown; currency: string; of: string }) {
  const bounds = [
    price.minimumAmount && `at least ${formatMoney(price.minimumAmount)}`,
    price.maximumAmount && `at most ${formatMoney(price.maximumAmount)}`,
  ].filter(Boolean)
  return (
    <>
      <p>
        {chargeSentence(price, currency)}
        {bounds.length > 0 && <span className="text-text-2"> ({bounds.join(', ')})</span>}
      </p>
      {price.tiers && price.tiers.length > 0 && <Tiers tiers={price.tiers} currency={currency} of={of} />}
    </>
  )
}

function Tiers({ tiers, currency, of }: { tiers: NonNullable<PriceShown['tiers']>; currency: string; of: string }) {
  return (
    <table className="max-w-md">
      <caption className="sr-only">Tiers of {of}</caption>
      <thead>
        <tr className="border-b border-border text-caption text-text-2">
          <th scope="col" className="h-8 pr-4 text-right font-medium">
            Up to, inclusive
          </th>
          <th scope="col" className="px-4 text-right font-medium">
            Per unit, {currency}
          </th>
          <th scope="col" className="pl-4 text-right font-medium">
            Flat, {currency}
          </th>
        </tr>
      </thead>
      <tbody>
        {tiers.map((tier) => (
          <tr key={tier.upTo ?? 'above'} className="numeral border-b border-border last:border-b-0">
            <td className="h-8 pr-4 text-right">{tier.upTo ? formatDecimal(tier.upTo) : 'and above'}</td>
            <td className="px-4 text-right">{tier.unitPrice ? formatDecimal(tier.unitPrice) : '–'}</td>
            <td className="pl-4 text-right">{tier.flatPrice ? formatDecimal(tier.flatPrice) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
