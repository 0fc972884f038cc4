'use client'

import { PermittedButton } from '@/components/permitted'
import { useEvents } from '@/features/events/queries'
import { useOrganization } from '@/features/session/organization'
import { answerOf, problemOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'

const EVENTS = 200
const SHOWN = 8

/** Customers that the last events name: each can be created with a click. */
export function NamedByEvents() {
  const { id, api } = useOrganization()
  const events = useEvents({}, true, EVENTS)
  const create = useCommand(
    async (customerId: string, key) =>
      (await answerOf(api.POST('/api/customers', { body: { customerId }, headers: { 'Idempotency-Key': key } }))).body,
    { invalidates: [[id, 'customers']] },
  )
  const named = [...new Set(events.rows?.map(({ customerId }) => customerId))].slice(0, SHOWN)
  if (named.length === 0) return null
  return (
    <div className="flex flex-col gap-2 pt-2">
      <p>Your last events name these:</p>
      {create.error && (
        <p role="alert" className="text-danger">
          {problemOf(create.error).detail}
        </p>
      )}
      <ul className="flex flex-col gap-1">
        {named.map((customerId) => (
          <li key={customerId} className="flex items-center gap-3">
            <span className="code min-w-40">{customerId}</span>
            <PermittedButton
              scope="customers:write"
              busy={create.isPending && create.variables === customerId}
              onClick={() => create.mutate(customerId)}
            >
              Create
              <span className="sr-only"> {customerId}</span>
            </PermittedButton>
          </li>
        ))}
      </ul>
    </div>
  )
}
