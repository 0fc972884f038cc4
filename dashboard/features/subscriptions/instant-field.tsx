'use client'

import { useState } from 'react'
import { TextField } from '@/components/form'
import { instantOf, quarterHourOf } from '@/lib/civil'
import { formatInstant } from '@/lib/time'

type Props = { name: string; label: string; zone: string; help: string; error?: string }

/** A typed moment of a zone; below it stands the quarter hour that it moves to. Sent by whoever reads it with `instantOf`. */
export function InstantField({ name, label, zone, help, error }: Props) {
  const [typed, setTyped] = useState('')
  const instant = instantOf(typed, zone)
  const moved = instant && quarterHourOf(instant)
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
          ? `${formatInstant(moved, zone)} ${zone}${moved === instant ? '' : ', the quarter hour in which it lies'}`
          : help
      }
    />
  )
}
