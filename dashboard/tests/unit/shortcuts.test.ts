import { expect, test } from 'vitest'
import { type Pressed, shortcutOf } from '@/lib/shortcuts'

const pressed = (given: Partial<Pressed>) =>
  shortcutOf({ key: '', meta: false, ctrl: false, alt: false, afterG: false, inField: false, ...given })

test('the palette opens from everywhere, also from fields', () => {
  expect(pressed({ key: 'k', ctrl: true, inField: true })).toEqual({ act: 'palette' })
  expect(pressed({ key: 'K', meta: true })).toEqual({ act: 'palette' })
})

test('G and a letter go to a page', () => {
  expect(pressed({ key: 'i', afterG: true })).toEqual({ act: 'go', href: '/invoices' })
  expect(pressed({ key: 'o', afterG: true })).toEqual({ act: 'go', href: '' })
  expect(pressed({ key: 'z', afterG: true })).toBeNull()
})

test('single keys never fire in fields, nor with a modifier', () => {
  expect(pressed({ key: 'j' })).toEqual({ act: 'row', step: 1 })
  expect(pressed({ key: 'e' })).toEqual({ act: 'edit' })
  expect(pressed({ key: 'j', inField: true })).toBeNull()
  expect(pressed({ key: 'c', ctrl: true })).toBeNull()
  expect(pressed({ key: '[', alt: true })).toBeNull()
})
