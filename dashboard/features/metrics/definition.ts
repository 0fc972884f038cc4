import { formatDecimal } from '@/lib/decimal'
import type { Metric } from './queries'

const VERBS: Record<Metric['aggregation'], string> = {
  COUNT: 'Count of events',
  SUM: 'Sum of',
  MAX: 'Highest',
  MIN: 'Lowest',
  AVG: 'Average of',
  UNIQUE: 'Distinct values of',
  LATEST: 'Latest',
  WEIGHTED_SUM: 'Level, weighted by time, changed by',
}

const OPERATORS = { equals: 'is', in: 'is', exists: 'is present', gt: '>', gte: '≥', lt: '<', lte: '≤' } as const

function filterText({ property, operator, value }: Metric['filters'][number]): string {
  if (operator === 'exists') return value === false ? `${property} is absent` : `${property} is present`
  const values = (Array.isArray(value) ? value : [value]).map((one) =>
    typeof one === 'string' && /^-?\d+(\.\d+)?$/.test(one) && operator !== 'in' ? formatDecimal(one) : String(one),
  )
  return `${property} ${OPERATORS[operator]} ${values.join(' or ')}`
}

/** A metric in one sentence: "Sum of tokens over events named LLM_CALL where model is gpt or claude, by model". */
export function definitionOf(metric: Metric): string {
  const { aggregation, valueProperty, eventName, filters, groupBy } = metric
  const what = aggregation === 'COUNT' ? VERBS.COUNT : `${VERBS[aggregation]} ${valueProperty ?? 'amount'} over events`
  const where = filters.length > 0 ? ` where ${filters.map(filterText).join(' and ')}` : ''
  const by = groupBy.length > 0 ? `, by ${groupBy.join(', ')}` : ''
  return `${what} named ${eventName}${where}${by}`
}
