'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { Form, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { Listener } from './listener'
import { masked, type Snippet, snippetOf } from './snippets'

const LANGUAGES: readonly Snippet[] = ['curl', 'Python', 'Node']

/** The command with the key filled in: masked on screen, whole in the clipboard; and who listens for its event. */
export function SendStep({ metric, secret, since }: { metric: string; secret: string | null; since: string }) {
  const { publicApiUrl } = useOrganization()
  const [language, setLanguage] = useState<Snippet>('curl')
  const [customerId, setCustomerId] = useState('user_123')
  const [idempotencyKey, setIdempotencyKey] = useState(() => `first-${crypto.randomUUID().slice(0, 8)}`)
  const parts = { url: publicApiUrl, metric, customerId, idempotencyKey }
  return (
    <div className="flex flex-col gap-3">
      {!secret && (
        <p className="text-text-2">
          A key is shown once, when it is made. Put yours in place of YOUR_KEY, or make another one above.
        </p>
      )}
      <Form error={null} onSubmit={() => undefined}>
        <TextField
          name="customerId"
          label="Customer id"
          help="Any id of your own; the customer need not exist yet."
          value={customerId}
          onChange={(event) => setCustomerId(event.target.value)}
        />
      </Form>
      <div className="flex flex-wrap gap-1">
        {LANGUAGES.map((name) => (
          <Button
            key={name}
            kind={name === language ? 'plain' : 'quiet'}
            aria-pressed={name === language}
            onClick={() => setLanguage(name)}
          >
            {name}
          </Button>
        ))}
        <Button
          kind="quiet"
          className="ml-auto"
          onClick={() => setIdempotencyKey(`first-${crypto.randomUUID().slice(0, 8)}`)}
        >
          New event key
        </Button>
      </div>
      <CodeBlock
        what="command"
        code={snippetOf(language, { ...parts, key: secret ? masked(secret) : 'YOUR_KEY' })}
        copied={snippetOf(language, { ...parts, key: secret ?? 'YOUR_KEY' })}
      />
      <Listener since={since} />
    </div>
  )
}
