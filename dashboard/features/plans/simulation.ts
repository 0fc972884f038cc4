'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import type { Definition } from './definition'

export type Usage = components['schemas']['UsageInput']
type Simulated = components['schemas']['SimulationBody']['data']

const PAUSE_MILLISECONDS = 250

/** What sets of usage cost, as the invoicer says; asked when nothing changed for a moment, and remembered by what was asked. */
export function useSimulation(currency: string, definition: Definition | null, usages: Usage[][]) {
  const { id, api } = useOrganization()
  const wanted = useSettled(definition ? JSON.stringify({ currency, definition, usages }) : null)
  const query = useQuery({
    queryKey: [id, 'simulate', wanted],
    enabled: wanted !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const asked = JSON.parse(wanted ?? '') as { currency: string; definition: Definition; usages: Usage[][] }
      const pricing = { currency: asked.currency, definition: asked.definition }
      const { body } = await answerOf(api.POST('/api/plans/simulate', { body: { pricing, usages: asked.usages } }))
      return { data: body.data as Simulated, usages: asked.usages }
    },
  })
  // The last answer stays, in grey, while another is awaited or cannot be had.
  const last = useRef(query.data)
  if (query.data) last.current = query.data
  return { shown: query.data ?? last.current, old: !query.data || definition === null, error: query.error }
}

function useSettled(value: string | null): string | null {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
