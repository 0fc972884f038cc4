import { expect, test } from 'vitest'
import { addressLines } from '@/lib/address'

test('an address has the order of an envelope, whatever order its parts came in', () => {
  const address = { city: 'Hamburg', country: 'DE', line1: 'Speicherstadt 4', line2: null, postalCode: '20457' }
  expect(addressLines(address)).toEqual(['Speicherstadt 4', '20457 Hamburg', 'DE'])
  expect(addressLines(null)).toEqual([])
  expect(addressLines({ city: 'Berlin' })).toEqual(['Berlin'])
})
