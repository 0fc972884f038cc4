'use client'

import { Button } from '@/components/button'
import { Form, SelectField, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { type NewApiKey, useCreateApiKey } from './queries'
import { PRESETS, type Preset, scopesOf } from './scopes'

const DAY = 86_400_000

export function CreateKeyForm({ onDone }: { onDone: (key: NewApiKey) => void }) {
  const { scopes, role } = useOrganization()
  const create = useCreateApiKey(onDone)
  const presets = role === 'DEVELOPER' ? PRESETS.slice(0, 1) : PRESETS
  return (
    <Form
      error={create.error}
      onSubmit={(typed) => {
        if (create.isPending) return
        const days = Number.parseInt(typed('days'), 10)
        // Whole days from midnight: the same form sent twice is the same request.
        const midnight = Math.floor(Date.now() / DAY) * DAY
        create.mutate({
          name: typed('/name'),
          scopes: scopesOf(typed('/scopes') as Preset, scopes),
          expiresAt: days > 0 ? new Date(midnight + days * DAY).toISOString() : null,
        })
      }}
    >
      <TextField name="/name" label="Name" required placeholder="backend" help="Where it is used." />
      <SelectField name="/scopes" label="May">
        {presets.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <SelectField name="days" label="Expires" defaultValue="90">
        <option value="30">in 30 days</option>
        <option value="90">in 90 days</option>
        <option value="365">in a year</option>
        <option value="0">never</option>
      </SelectField>
      <div className="flex justify-end">
        <Button type="submit" kind="primary" busy={create.isPending}>
          Create key
        </Button>
      </div>
    </Form>
  )
}
