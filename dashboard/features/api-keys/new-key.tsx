'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { CopyButton } from '@/components/copy'
import { Dialog } from '@/components/dialog'
import { useOrganization } from '@/features/session/organization'
import type { NewApiKey } from './queries'

/** The key, this once. It goes when the person says that it is stored. */
export function NewKey({ apiKey, onClose }: { apiKey: NewApiKey; onClose: () => void }) {
  const { publicApiUrl } = useOrganization()
  const [asked, setAsked] = useState(false)
  const curl = `curl ${publicApiUrl}/api/metrics -H 'Authorization: Bearer ${apiKey.secret}'`
  return (
    <Dialog open onClose={() => setAsked(true)} title={`Key “${apiKey.name}”`}>
      <div className="flex flex-col gap-4">
        <p>Copy it now. It is shown this once: only a hash of it is kept.</p>
        <div className="flex items-center gap-1">
          <input
            readOnly
            aria-label="The key"
            value={apiKey.secret}
            onFocus={(event) => event.currentTarget.select()}
            className="code h-8 w-full rounded-control border border-border-strong bg-sunken px-2 max-md:h-11"
          />
          <CopyButton text={apiKey.secret} what="key" />
        </div>
        <CodeBlock code={`USAGEFLOW_API_KEY=${apiKey.secret}`} what=".env line" />
        <CodeBlock code={curl} what="curl" />
        {asked && (
          <p role="alert" className="text-warning">
            After closing, nobody can show this key again.
          </p>
        )}
        <div className="flex justify-end">
          <Button kind="primary" onClick={onClose}>
            I have stored it
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
