import type { components } from '@/lib/api/schema'
import { formatDecimal } from '@/lib/decimal'
import { formatPrice } from '@/lib/money'
import type { Charge, Version } from './queries'

/** "100.00 USD a month + 2 charges", as a list has it. */
export function priceSentence(version: Version | null, currency: string): string {
  if (!version) return 'Nothing published yet'
  const every =
    version.intervalCount === 1 ? `a ${version.interval}` : `every ${version.intervalCount} ${version.interval}s`
  const count = version.charges.length
  const charges = count === 0 ? '' : ` + ${count} ${count === 1 ? 'charge' : 'charges'}`
  return `${formatPrice(version.basePrice, currency)} ${every}${charges}`
}

export type PriceShown = components['schemas']['PriceBody'] & Pick<Charge, 'model'>

/** What a charge without tiers costs, in words. Tiers are shown as a table. */
export function chargeSentence(charge: PriceShown, currency: string): string {
  const included =
    charge.includedUnits && charge.includedUnits !== '0' ? `, ${formatDecimal(charge.includedUnits)} included` : ''
  switch (charge.model) {
    case 'per_unit':
      return `${formatPrice(charge.unitPrice ?? '0', currency)} each${included}`
    case 'package':
      return `${formatPrice(charge.packagePrice ?? '0', currency)} for every ${formatDecimal(charge.packageSize ?? '1')} begun${included}`
    case 'percentage':
      return `${formatDecimal(charge.percent ?? '0')} % of the quantity${included}`
    case 'flat':
      return `${formatPrice(charge.price ?? '0', currency)} a period, however much is used`
    default:
      return `${charge.model.replace('_', ' ')}${included}`
  }
}
