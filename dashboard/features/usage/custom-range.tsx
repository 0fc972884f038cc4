'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Form, TextField } from '@/components/form'
import { civilTime, instantOfCivil } from '@/lib/zoned'
import type { Range } from './range'

type Props = { range: Range; zone: string; onChoose: (from: string, to: string) => void }

/** Two typed times of the zone; they go into the address as instants. */
export function CustomRange({ range, zone, onChoose }: Props) {
  const [wrong, setWrong] = useState<{ from?: string; to?: string }>({})
  const shown = (end: string) => (end.includes('T') ? civilTime(end, zone) : `${end}T00:00`)
  return (
    <Form
      key={`${range.from} ${range.to} ${zone}`}
      error={null}
      onSubmit={(typed) => {
        const from = instantOfCivil(typed('from'), zone)
        const to = instantOfCivil(typed('to'), zone)
        const order = from && to && from >= to ? 'The end must lie after the beginning.' : undefined
        setWrong({ from: from ? undefined : 'Type a day and a time.', to: to ? order : 'Type a day and a time.' })
        if (from && to && !order) onChoose(from, to)
      }}
    >
      <div className="mt-3 flex flex-wrap items-end gap-3">
        <TextField
          name="from"
          type="datetime-local"
          label={`From (${zone})`}
          defaultValue={shown(range.from)}
          error={wrong.from}
        />
        <TextField
          name="to"
          type="datetime-local"
          label="To, not included"
          defaultValue={shown(range.to)}
          error={wrong.to}
        />
        <Button type="submit">Show range</Button>
      </div>
    </Form>
  )
}
