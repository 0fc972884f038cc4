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
