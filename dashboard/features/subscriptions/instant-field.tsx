'use client'

import { useState } from 'react'
import { TextField } from '@/components/form'
import { instantOf, quarterHourEnd, quarterHourOf } from '@/lib/civil'
import { formatInstant } from '@/lib/time'

type Props = { name: string; label: string; zone: string; help: string; error?: string; ends?: boolean }

/** A typed moment of a zone; below it stands the quarter hour that it moves to: its beginning, or its end where it `ends` something. Sent by whoever reads it with `instantOf`. */
export function InstantField({ name, label, zone, help, error, ends = false }: Props) {
  const [typed, setTyped] = useState('')
  const instant = instantOf(typed, zone)
  const moved = instant && (ends ? quarterHourEnd : quarterHourOf)(instant)
  return (
    <TextField
      name={name}
      label={label}
      optional
      type="datetime-local"
      error={error}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      help={
        moved
          ? `${formatInstant(moved, zone)} ${zone}${moved === instant ? '' : `, the ${ends ? 'end' : 'beginning'} of its quarter hour`}`
          : help
      }
    />
  )
}
