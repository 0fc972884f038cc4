import { describe, expect, test } from 'vitest'
import { crossSiteRefusal, headersForGateway, headersForVisitor } from '@/lib/api/passing'

describe('what passes between visitor and gateway', () => {
  test('only the allow-list goes in, and of the cookies the session alone', () => {
    const passed = headersForGateway(
      new Headers({
        cookie: 'theme=dark; uf_session=abc; other=1',
        authorization: 'Bearer uf_live_stolen',
        'x-internal': 'yes',
        'idempotency-key': 'k1',
        'if-match': '"3"',
      }),
    )
    expect(Object.fromEntries(passed)).toEqual({ cookie: 'uf_session=abc', 'idempotency-key': 'k1', 'if-match': '"3"' })
  })

  test('encoding and length stay behind, limits and every cookie come back', () => {
    const answer = new Headers({
      'content-encoding': 'gzip',
      'content-length': '3',
      'ratelimit-policy': 'api',
      server: 'x',
    })
    answer.append('set-cookie', 'a=1')
    answer.append('set-cookie', 'b=2')
    const passed = headersForVisitor(answer)
    expect(passed.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect([...passed.keys()].sort()).toEqual(['ratelimit-policy', 'set-cookie', 'set-cookie'])
  })

  test('unsafe requests from elsewhere are refused before the gateway sees them', () => {
    expect(crossSiteRefusal('GET', new Headers())).toBeNull()
    expect(crossSiteRefusal('POST', new Headers())).toMatch('Origin')
    expect(crossSiteRefusal('POST', new Headers({ origin: 'http://a', 'sec-fetch-site': 'cross-site' }))).toMatch(
      'site',
    )
    expect(crossSiteRefusal('POST', new Headers({ origin: 'http://a', 'sec-fetch-site': 'same-origin' }))).toBeNull()
  })
})
