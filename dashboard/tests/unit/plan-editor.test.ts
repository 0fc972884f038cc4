import { describe, expect, test } from 'vitest'
import { byDifference, csvOf, shareOf } from '@/features/plans/backtest-sorting'
import { breaksOf, quantitiesOf, topOf } from '@/features/plans/chart-points'
import { type DefinitionTyped, emptyCharge, emptyTier, readDefinition, typedOf } from '@/features/plans/definition'
import { differencesOf } from '@/features/plans/differences'
import { perUnit } from '@/features/plans/per-unit'
import { fieldOf, fieldsOf } from '@/features/plans/problem-fields'
import { stepWords } from '@/features/plans/step-words'
import { addTier, changeModel, fromOf, pasteTiers, removeTier } from '@/features/plans/tiers'
import { Problem } from '@/lib/api/problem'

const tiers = (...ends: string[]) => ends.map((upTo) => ({ ...emptyTier(), upTo, unitPrice: '1' }))

function typed(change: (charge: DefinitionTyped['charges'][number]) => void): DefinitionTyped {
  const charge = emptyCharge('API_CALL')
  change(charge)
  return { ...typedOf({ interval: 'month', basePrice: '100' }), charges: [charge] }
}

describe('fields and definition', () => {
  test('what is typed with commas is sent as a decimal', () => {
    const given = typed((charge) => {
      charge.price = { ...charge.price, unitPrice: '0.01', includedUnits: '10,000', minimumAmount: '1,000.50' }
    })
    const { definition, errors } = readDefinition(given, 'USD')
    expect([...errors]).toEqual([])
    expect(definition.charges?.[0]).toEqual({
      metric: 'API_CALL',
      model: 'per_unit',
      unitPrice: '0.01',
      includedUnits: '10000',
      minimumAmount: { amountMinor: 100050, currency: 'USD' },
    })
    expect(readDefinition(typedOf(definition), 'USD').definition).toEqual(definition)
  })

  test.each(['1.000,5', '1,00', 'ten', ''])(
    'a unit price of "%s" is an error at its field, not a guess',
    (unitPrice) => {
      const given = typed((charge) => {
        charge.price.unitPrice = unitPrice
      })
      expect([...readDefinition(given, 'USD').errors.keys()]).toEqual(['/charges/0/unitPrice'])
    },
  )

  test('tiers that overlap are refused where they do, with where the one before ends', () => {
    const given = typed((charge) => {
      charge.model = 'graduated'
      charge.price.tiers = tiers('10,000', '9,000', '')
    })
    expect(readDefinition(given, 'USD').errors.get('/charges/0/tiers/1/upTo')).toBe(
      'Tier 2 must end above 10,000, where tier 1 ends.',
    )
  })

  test('a tier without any price is an error, not free', () => {
    const given = typed((charge) => {
      charge.model = 'volume'
      charge.price.tiers = [...tiers('10'), { ...emptyTier(), flatPrice: '0' }, emptyTier()]
      charge.price.tiers[1] = { ...emptyTier(), upTo: '20', flatPrice: '0' }
    })
    expect([...readDefinition(given, 'USD').errors.keys()]).toEqual(['/charges/0/tiers/2/unitPrice'])
  })

  test('with a matrix the prices stand in there alone, and each value once', () => {
    const given = typed((charge) => {
      charge.price.unitPrice = '3'
      const value = { key: 'a', value: 'eu', price: { ...charge.price, unitPrice: '1' } }
      charge.matrix = { property: 'region', values: [value, { ...value, key: 'b' }] }
    })
    const { definition, errors } = readDefinition(given, 'USD')
    expect([...errors.keys()]).toEqual(['/charges/0/matrix/values/1/value'])
    expect(definition.charges?.[0]).toMatchObject({ matrix: { default: { unitPrice: '3' } } })
    expect(definition.charges?.[0]).not.toHaveProperty('unitPrice')
    expect(typedOf(definition).charges[0]?.matrix?.values[0]?.price.unitPrice).toBe('1')
  })
})

describe('the table of tiers', () => {
  test('a tier begins where the one before ends', () => {
    const given = tiers('10000', '', '')
    expect([0, 1, 2].map((at) => fromOf(given, at))).toEqual(['0', 'above 10,000', '…'])
  })

  test('rows come and go, and one always stays', () => {
    expect(addTier(tiers('1', ''), 0).map(({ upTo }) => upTo)).toEqual(['1', '', ''])
    expect(removeTier(tiers('1', ''), 0).map(({ upTo }) => upTo)).toEqual([''])
    expect(removeTier(tiers(''), 0)).toHaveLength(1)
  })

  test('cells of a spreadsheet fill rows and make those that are missing', () => {
    const filled = pasteTiers(tiers(''), 0, 'upTo', '1,000\t0.02\t5\r\n10,000\t0.01\r\nand above\t0.005\n')
    expect(filled?.map(({ upTo, unitPrice, flatPrice }) => [upTo, unitPrice, flatPrice])).toEqual([
      ['1,000', '0.02', '5'],
      ['10,000', '0.01', ''],
      ['', '0.005', ''],
    ])
    expect(pasteTiers(tiers(''), 0, 'upTo', '12')).toBeNull()
  })

  test('another model keeps what carries over and names what it drops', () => {
    const { price } = emptyCharge()
    const graduated = changeModel({ ...price, unitPrice: '0.01' }, 'per_unit', 'graduated')
    expect(graduated).toMatchObject({ dropped: [], price: { tiers: [{ unitPrice: '0.01' }] } })
    const back = changeModel({ ...price, tiers: tiers('10', '') }, 'volume', 'per_unit')
    expect(back).toMatchObject({ dropped: ['the tiers but the first one’s price'], price: { unitPrice: '1' } })
    const flat = changeModel({ ...price, packageSize: '100', packagePrice: '5', includedUnits: '9' }, 'package', 'flat')
    expect(flat.dropped).toEqual(['the included units', 'the price of a package', 'the size of a package'])
    expect(flat.price.includedUnits).toBe('')
  })
})

describe('what the API refuses', () => {
  test.each([
    ['/charges/1/tiers/0/upTo', '/charges/1/tiers/0/upTo'],
    ['/draft/charges/1/tiers/0/upTo', '/charges/1/tiers/0/upTo'],
    ['/pricing/definition/charges/0/metric', '/charges/0/metric'],
    ['/pricing/DefinitionPricing/definition/basePrice', '/basePrice'],
    ['/charges/0/minimumAmount/currency', '/charges/0/minimumAmount'],
  ])('%s is the field %s', (pointer, field) => expect(fieldOf(pointer)).toBe(field))

  test('stands at its field', () => {
    const errors = [{ field: '/charges/0/metric', code: 'invalid_value', detail: 'There is no such metric' }]
    expect([...fieldsOf(new Problem(422, { errors }))]).toEqual([['/charges/0/metric', 'There is no such metric']])
    expect(fieldsOf(null).size).toBe(0)
  })
})

describe('the calculation in words', () => {
  const usage = { kind: 'usage', description: 'API calls', metric: 'API_CALL', model: 'per_unit', group: null } as const
  const dollars = (amountMinor: number) => ({ amountMinor, currency: 'USD' })

  test('included units, one price', () => {
    const steps = [{ units: '2000', unitPrice: '0.01', flatPrice: null, amount: '20' }]
    const units = { quantity: '12000', includedUnits: '10000', billableUnits: '2000' }
    expect(stepWords({ ...usage, ...units, steps, unrounded: '20', amount: dollars(2000) })).toEqual([
      '12,000 − 10,000 included = 2,000 × 0.01 = 20.00',
    ])
  })

  test('packages are called packages', () => {
    const steps = [{ units: '3', unitPrice: '5', flatPrice: null, amount: '15' }]
    const units = { quantity: '250', includedUnits: '0', billableUnits: '250' }
    const line = { ...usage, ...units, model: 'package', steps, unrounded: '15', amount: dollars(1500) }
    expect(stepWords(line)).toEqual(['3 packages × 5 = 15.00'])
  })

  test('tiers one by one, the minimum, the rounding', () => {
    const steps = [
      { units: '10', unitPrice: '0.1', flatPrice: '5', amount: '6' },
      { units: '5', unitPrice: '0.0501', flatPrice: null, amount: '0.2505' },
    ]
    const units = { quantity: '15', includedUnits: '0', billableUnits: '15' }
    expect(stepWords({ ...usage, ...units, steps, unrounded: '6.2505', amount: dollars(625) })).toEqual([
      '10 × 0.1 + 5 flat = 6',
      '5 × 0.0501 = 0.2505',
      '6.2505 is rounded to 6.25',
    ])
    expect(stepWords({ ...usage, ...units, steps, unrounded: '10', amount: dollars(1000) }).at(-1)).toBe('At least 10')
  })
})

describe('the points of the chart', () => {
  test('each bound behind the included units, and one unit past it', () => {
    const price = { includedUnits: '100', tiers: [{ upTo: '1000' }, { upTo: null }] }
    expect(topOf(price, '0')).toBe('2000')
    const breaks = breaksOf(price, 'volume', '2000')
    expect(breaks).toEqual(['100', '1100'])
    const asked = quantitiesOf(breaks, '2000')
    expect(asked).toEqual(expect.arrayContaining(['0', '100', '101', '1100', '1101', '2000']))
    expect([...asked].sort((a, b) => Number(a) - Number(b))).toEqual(asked)
  })

  test('packages step at each size; never more than 64 questions', () => {
    const price = { packageSize: '100', packagePrice: '5' }
    expect(breaksOf(price, 'package', topOf(price, '0'))).toEqual(['0', '100', '200', '300', '400'])
    const many = { tiers: Array.from({ length: 90 }, (_, at) => ({ upTo: String((at + 1) * 10) })) }
    expect(quantitiesOf(breaksOf(many, 'graduated', '1500'), '1500').length).toBeLessThanOrEqual(64)
  })
})

test('versions differ entry by entry', () => {
  const before = typedOf({ interval: 'month', basePrice: '100', charges: [] })
  const after = typedOf({ interval: 'month', basePrice: '120', charges: [{ metric: 'M', model: 'flat', price: '3' }] })
  expect(differencesOf(before, after)).toEqual([
    { what: 'Base price', before: '100', after: '120' },
    { what: 'M: name', before: null, after: 'M' },
    { what: 'M: model', before: null, after: 'flat' },
    { what: 'M: price', before: null, after: '3' },
  ])
})

describe('a backtest', () => {
  const row = (customerId: string, billed: number, difference: number) => {
    const [before, changed] = [
      { amountMinor: billed, currency: 'USD' },
      { amountMinor: difference, currency: 'USD' },
    ]
    const simulated = { amountMinor: billed + difference, currency: 'USD' }
    return { customerId, billed: before, simulated, difference: changed }
  }

  test('begins with those whom it changes most, in either direction', () =>
    expect(
      byDifference([row('a', 100, 5), row('b', 100, -9), row('c', 100, 0)]).map((each) => each.customerId),
    ).toEqual(['b', 'a', 'c']))

  test.each([
    [10_000, -1_234, '−12.3 %'],
    [10_000, 1_235, '+12.4 %'],
    [10_000, 0, '0.0 %'],
    [0, 500, null],
  ])('%i billed and a difference of %i is %s', (billed, difference, share) => {
    const one = row('a', billed, difference)
    expect(shareOf(one.difference, one.billed)).toBe(share)
  })

  test('its CSV has exact amounts, and no text that a spreadsheet runs', () =>
    expect(csvOf([row('=a,b', 12_000, -50)])).toBe(
      'customerId,billed,simulated,difference,currency\r\n"\'=a,b",120.00,119.50,-0.50,USD\r\n',
    ))
})

test('a price per unit has six digits, exactly cut', () => {
  expect(perUnit({ amountMinor: 12_000, currency: 'USD' }, '7')).toBe('17.1428')
  expect(perUnit({ amountMinor: 1, currency: 'USD' }, '3000')).toBe('0.00000333333')
  expect(perUnit({ amountMinor: 1, currency: 'USD' }, '0')).toBeNull()
})
