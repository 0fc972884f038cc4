'use client'

import { Button } from '@/components/button'
import { CodeBlock } from '@/components/code-block'
import { CopyButton } from '@/components/copy'
import { Dialog } from '@/components/dialog'

const VERIFY = `import base64, hashlib, hmac

def is_genuine(secret: str, headers, body: bytes) -> bool:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, each) for each in headers["webhook-signature"].split())`

/** A signing secret, and how a receiver checks a signature with it. */
export function ShownSecret({ secret, note, onClose }: { secret: string; note: string; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Signing secret">
      <div className="flex flex-col gap-4">
        <p>{note}</p>
        <div className="flex items-center gap-1">
          <input
            readOnly
            aria-label="The signing secret"
            value={secret}
            onFocus={(event) => event.currentTarget.select()}
            className="code h-8 w-full rounded-control border border-border-strong bg-sunken px-2 max-md:h-11"
          />
          <CopyButton text={secret} what="secret" />
        </div>
        <p className="text-text-2">A receiver checks each request with it:</p>
        <CodeBlock code={VERIFY} what="Python" />
        <div className="flex justify-end">
          <Button kind="primary" onClick={onClose}>
            I have stored it
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
