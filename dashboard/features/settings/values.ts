import type { Difference } from '@/components/difference-table'

/** Whole numbers between commas, `1, 3, 5`; null where anything else stands. */
export function readDays(text: string): number[] | null {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length === 1 && parts[0] === '') return []
  return parts.every((part) => /^\d{1,3}$/.test(part)) ? parts.map((part) => Number.parseInt(part, 10)) : null
}

/** When an invoice of a month that ends at midnight is issued: `1 Dec at 01:00`, with the grace behind it. */
export function issuedAt(graceHours: number): string {
  const day = 1 + Math.floor(graceHours / 24)
  return `${day} Dec at ${String(graceHours % 24).padStart(2, '0')}:00`
}

/** A postal address of the form; null where nothing of it was typed. */
export function readAddress(typed: (name: string) => string): Record<string, string> | null {
  const address: Record<string, string> = {}
  for (const name of ADDRESS) {
    const value = typed(`/issuer/address/${name}`)
    if (value) address[name] = value
  }
  return Object.keys(address).length > 0 ? address : null
}

export const ADDRESS = ['line1', 'line2', 'postalCode', 'city', 'region', 'country'] as const

const WORDS: Record<string, string> = {
  name: 'Name',
  timeZone: 'Time zone',
  maxEventAgeDays: 'Days an event may be old',
  'issuer name': 'Issuer, name',
  'issuer taxId': 'Issuer, tax id',
  'issuer address line1': 'Street and number',
  'issuer address line2': 'Second line',
  'issuer address postalCode': 'Postal code',
  'issuer address city': 'City',
  'issuer address region': 'Region',
  'issuer address country': 'Country',
  defaultCurrency: 'Currency',
  graceHours: 'Grace, in hours',
  autoFinalize: 'Issued by itself',
  invoiceNumberPrefix: 'Number prefix',
  paymentTermDays: 'Payment term, in days',
  'dunning retryAfterDays': 'Tried again after days',
  'dunning suspendAfterDays': 'Suspended after days',
}

/** Settings by the path to each, with their values as they are read: `issuer address city` → `Kiel`. */
function flat(value: unknown, path = ''): Map<string, string> {
  if (value === null || value === undefined || value === '') return new Map()
  if (Array.isArray(value)) return new Map([[path, value.join(', ')]])
  if (typeof value === 'boolean') return new Map([[path, value ? 'yes' : 'no']])
  if (typeof value !== 'object') return new Map([[path, String(value)]])
  return new Map(Object.entries(value).flatMap(([name, inner]) => [...flat(inner, path ? `${path} ${name}` : name)]))
}

const picked = (names: object, from: object) =>
  Object.fromEntries(Object.keys(names).map((name) => [name, (from as Record<string, unknown>)[name]]))

/** What the settings of a patch are now, and what the patch would make of them, where the two differ. */
export function settingsDifferences(patch: object, now: object): Difference[] {
  const [before, after] = [flat(picked(patch, now)), flat(patch)]
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ what: WORDS[name] ?? name, before: before.get(name) ?? null, after: after.get(name) ?? null }))
    .filter((one) => one.before !== one.after)
}

/** Whether the settings that a patch names are the same in both. */
export function sameSettings(patch: object, one: object, other: object): boolean {
  return settingsDifferences(picked(patch, one), other).length === 0
}
