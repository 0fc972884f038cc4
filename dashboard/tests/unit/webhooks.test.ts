import { describe, expect, it } from 'vitest'
import {
  byObject,
  curlOf,
  formatBody,
  hostOf,
  overlapUntil,
  readHeaders,
  successRate,
  totals,
  whyDisabled,
} from '@/features/webhooks/facts'
import type { Endpoint } from '@/features/webhooks/queries'
import { readWebhooksUrl } from '@/features/webhooks/url-state'

describe('the success rate', () => {
  it.each([
    [0, 0, '–'],
    [3, 0, '100 %'],
    [0, 2, '0.0 %'],
    [2, 1, '66.6 %'],
    [99_999, 1, '99.9 %'],
  ])('of %i succeeded and %i failed is %s', (succeeded, failed, text) => {
    expect(successRate(succeeded, failed)).toBe(text)
  })

  it('adds counts of windows and takes the slowest p95', () => {
    const window = { start: '', end: '', p50Ms: 1 }
    const windows = [
      { ...window, succeeded: 2, failed: 1, p95Ms: 40 },
      { ...window, succeeded: 3, failed: 0, p95Ms: 20 },
    ]
    expect(totals(windows)).toEqual({ succeeded: 5, failed: 1, p95Ms: 40 })
  })
})

describe('an endpoint', () => {
  it('is named by its host with the port', () => {
    expect(hostOf('http://127.0.0.1:9000/hooks')).toBe('127.0.0.1:9000')
    expect(hostOf('nonsense')).toBe('nonsense')
  })

  it('says why nothing is sent', () => {
    expect(whyDisabled({ status: 'enabled', disabledReason: null })).toBeNull()
    expect(whyDisabled({ status: 'disabled', disabledReason: 'gone' })).toContain('410')
    expect(whyDisabled({ status: 'disabled', disabledReason: 'failing' })).toContain('five days')
    expect(whyDisabled({ status: 'disabled', disabledReason: 'manual' })).toContain('Somebody')
  })

  it('has an old secret for 24 hours after a rotation, and none before the first', () => {
    const endpoint = { createdAt: '2026-11-01T00:00:00Z', secretRotatedAt: '2026-11-02T00:00:00Z' } as Endpoint
    const at = Date.parse('2026-11-02T12:00:00Z')
    expect(overlapUntil(endpoint, at)).toBe('2026-11-03T00:00:00.000Z')
    expect(overlapUntil(endpoint, at + 86_400_000)).toBeNull()
    expect(overlapUntil({ ...endpoint, secretRotatedAt: endpoint.createdAt }, at)).toBeNull()
  })
})

it('groups event types by their object, in their order', () => {
  const kinds = [{ name: 'invoice.created' }, { name: 'ping' }, { name: 'invoice.paid' }]
  expect(byObject(kinds).map(([object, each]) => [object, each.length])).toEqual([
    ['invoice', 2],
    ['ping', 1],
  ])
})

it('reads headers line by line and tells the lines that are none', () => {
  expect(readHeaders('X-Tenant: acme\n\n X-Url : http://a:1 \nnonsense')).toEqual({
    headers: { 'X-Tenant': 'acme', 'X-Url': 'http://a:1' },
    wrong: ['nonsense'],
  })
})

it('shows a body that is JSON in lines, and any other as it came', () => {
  expect(formatBody('{"a":1}')).toBe('{\n  "a": 1\n}')
  expect(formatBody('<b>no</b>')).toBe('<b>no</b>')
})

it('writes a request for a shell with quotes that hold', () => {
  const command = curlOf({
    url: 'http://a/',
    request: { headers: { 'webhook-id': 'evt_1' }, body: `{"name":"O'Neil"}` },
  })
  expect(command).toContain(`-H 'webhook-id: evt_1'`)
  expect(command).toContain(`'{"name":"O'\\''Neil"}'`)
})

it('drops filters that are invalid', () => {
  const url = readWebhooksUrl(new URLSearchParams('status=lost&outcome=failed&statusCode=abc&type=ping'))
  expect(url).toEqual({ type: 'ping', customerId: null, status: null, outcome: 'failed', statusCode: null })
})
