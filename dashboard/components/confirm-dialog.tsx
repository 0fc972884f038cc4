'use client'

import { type ReactNode, useState } from 'react'
import { Button } from './button'
import { Dialog } from './dialog'
import { Form, TextField } from './form'

type Props = {
  title: string
  verb: string
  safe: string
  /** What must be typed, for acts that destroy or stop. */
  typed?: string
  busy: boolean
  error: unknown
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}

/** For acts that cannot be undone: the consequence, the verb, and the focus on the safe button. */
export function ConfirmDialog({ title, verb, safe, typed, busy, error, onConfirm, onClose, children }: Props) {
  const [wrong, setWrong] = useState<string>()
  return (
    <Dialog open onClose={onClose} title={title}>
      <Form
        error={error}
        onSubmit={(read) => {
          const matches = typed === undefined || read('typed') === typed
          setWrong(matches ? undefined : `Type ${typed}.`)
          if (matches && !busy) onConfirm()
        }}
      >
        <p>{children}</p>
        {typed !== undefined && (
          <TextField name="typed" label={`Type ${typed} to go on`} autoComplete="off" error={wrong} className="code" />
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose} autoFocus>
            {safe}
          </Button>
          <Button type="submit" kind="danger" busy={busy}>
            {verb}
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
