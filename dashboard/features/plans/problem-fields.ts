import type { Problem } from '@/lib/api/problem'
import type { Errors } from './definition'

const ABOVE = /^\/(pricing\/(?:[A-Za-z]+Pricing\/)?definition|draft)(?=\/)/
const INSIDE_MONEY = /\/(minimumAmount|maximumAmount)\/(amountMinor|currency)$/

/** The editor's field that a pointer of the API names, whichever route refused it. */
export function fieldOf(pointer: string): string {
  return pointer.replace(ABOVE, '').replace(INSIDE_MONEY, '/$1')
}

/** What the API found wrong with a definition, by the editor's fields. */
export function fieldsOf(problem: Problem | null): Errors {
  return new Map((problem?.fields ?? []).map(({ field, detail }) => [fieldOf(field), detail]))
}
