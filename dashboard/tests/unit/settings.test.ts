import { describe, expect, it } from 'vitest'
import { issuedAt, readAddress, readDays, sameSettings, settingsDifferences } from '@/features/settings/values'

describe('days', () => {
  it.each([
    ['1, 3,5', [1, 3, 5]],
    ['', []],
    ['1, x', null],
    ['1.5', null],
    ['1,,2', null],
  ])('%j is read as %j', (text, days) => {
    expect(readDays(text)).toEqual(days)
  })
})

describe('grace', () => {
  it.each([
    [0, '1 Dec at 00:00'],
    [1, '1 Dec at 01:00'],
    [24, '2 Dec at 00:00'],
    [72, '4 Dec at 00:00'],
  ])('of %i hours issues on %s', (hours, text) => {
    expect(issuedAt(hours)).toBe(text)
  })
})

it('an address is what was typed of it, or none', () => {
  const typed: Record<string, string> = { '/issuer/address/city': 'Kiel', '/issuer/address/country': 'DE' }
  expect(readAddress((name) => typed[name] ?? '')).toEqual({ city: 'Kiel', country: 'DE' })
  expect(readAddress(() => '')).toBeNull()
})

describe('what two people saved', () => {
  const now = { name: 'Water', graceHours: 1, autoFinalize: true, issuer: { name: 'W', taxId: null, address: null } }

  it('differs only where the values do, and says so in the words of the form', () => {
    const patch = { name: 'Energy', graceHours: 1, issuer: { name: 'W', taxId: null, address: { city: 'Kiel' } } }
    expect(settingsDifferences(patch, now)).toEqual([
      { what: 'Name', before: 'Water', after: 'Energy' },
      { what: 'City', before: null, after: 'Kiel' },
    ])
  })

  it('is no conflict where the settings of the form are the same', () => {
    const theirs = { ...now, autoFinalize: false }
    expect(sameSettings({ name: 'Energy' }, theirs, now)).toBe(true)
    expect(sameSettings({ autoFinalize: true }, theirs, now)).toBe(false)
  })
})
