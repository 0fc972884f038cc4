export type Snippet = 'curl' | 'Python' | 'Node'
type Parts = { url: string; key: string; metric: string; customerId: string; idempotencyKey: string }

/** The first event as a command: the same event in each language. */
export function snippetOf(language: Snippet, { url, key, metric, customerId, idempotencyKey }: Parts): string {
  const event = JSON.stringify({ metric, amount: 1, customerId, idempotencyKey })
  switch (language) {
    case 'curl':
      return [
        `curl ${url}/api/track \\`,
        `  -H 'Authorization: Bearer ${key}' \\`,
        "  -H 'Content-Type: application/json' \\",
        `  -d '${event}'`,
      ].join('\n')
    case 'Python':
      return [
        'import json, urllib.request',
        '',
        'request = urllib.request.Request(',
        `    "${url}/api/track",`,
        `    data=json.dumps(${event}).encode(),`,
        `    headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"},`,
        ')',
        'print(urllib.request.urlopen(request).read().decode())',
      ].join('\n')
    case 'Node':
      return [
        `const answer = await fetch('${url}/api/track', {`,
        "  method: 'POST',",
        `  headers: { Authorization: 'Bearer ${key}', 'Content-Type': 'application/json' },`,
        `  body: JSON.stringify(${event}),`,
        '})',
        'console.log(await answer.text())',
      ].join('\n')
  }
}

/** A key as it may be shown: its beginning and its last four characters. */
export function masked(key: string): string {
  return `${key.slice(0, 12)}…${key.slice(-4)}`
}
