import type { Definition } from './definition'

type Charged = { code: string; name: string }
type Template = { name: string; says: string; definition: (metric: Charged | undefined) => Definition }

const charges = (metric: Charged | undefined, price: object) =>
  metric ? [{ metric: metric.code, name: metric.name, ...price } as NonNullable<Definition['charges']>[number]] : []

/** Where a new plan may begin. Each is changed in the editor before it is published. */
export const TEMPLATES: readonly Template[] = [
  {
    name: 'Base plus overage',
    says: '100 a month with 10,000 units included, 0.01 for each above.',
    definition: (metric) => ({
      interval: 'month',
      basePrice: '100',
      charges: charges(metric, { model: 'per_unit', unitPrice: '0.01', includedUnits: '10000' }),
    }),
  },
  {
    name: 'Pay as you go',
    says: 'No base price, 0.01 for each unit.',
    definition: (metric) => ({
      interval: 'month',
      charges: charges(metric, { model: 'per_unit', unitPrice: '0.01' }),
    }),
  },
  {
    name: 'Volume',
    says: 'All units become cheaper with the quantity.',
    definition: (metric) => ({
      interval: 'month',
      charges: charges(metric, {
        model: 'volume',
        tiers: [
          { upTo: '1000', unitPrice: '0.02' },
          { upTo: '10000', unitPrice: '0.015' },
          { upTo: null, unitPrice: '0.01' },
        ],
      }),
    }),
  },
  { name: 'Nothing yet', says: 'An empty month.', definition: () => ({ interval: 'month' }) },
]
