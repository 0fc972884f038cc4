import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { curlOf } from '@/features/events/curl'
import type { Event } from '@/features/events/queries'

test('a copied command gives the shell the body as it is, quotes and all', () => {
  const event = {
    metric: 'API_CALL',
    amount: '1.5',
    customerId: 'user_123',
    timestamp: '2026-11-27T12:00:00Z',
    properties: { name: `it's "so" $HOME` },
    idempotencyKey: 'call-1',
  } as unknown as Event
  const command = curlOf(event, 'http://api.example').replace(/^curl /, "printf '%s\\n' ")
  const words = execFileSync('bash', ['-c', command]).toString().trim().split('\n')
  expect(JSON.parse(words.at(-1) ?? '')).toMatchObject({ amount: '1.5', properties: event.properties })
})
