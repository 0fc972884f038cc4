type Address = { [part in 'line1' | 'line2' | 'postalCode' | 'city' | 'region' | 'country']?: string | null }

/** The lines of an address as an envelope has them; parts that are not there leave nothing behind. */
export function addressLines(address: Address | null | undefined): string[] {
  const { line1, line2, postalCode, city, region, country } = address ?? {}
  const place = [postalCode, city].filter(Boolean).join(' ')
  return [line1, line2, place, region, country].filter((line): line is string => Boolean(line))
}
