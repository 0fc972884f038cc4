'use client'

import { useQueryClient } from '@tanstack/react-query'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import type { components } from '@/lib/api/schema'
import { useCommand } from '@/lib/command'
import type { Customer } from './queries'

export type CustomerPatch = components['schemas']['CustomerPatch']

/** Changes a customer as it was seen; where somebody else was faster, what they left is fetched. */
export function useEditCustomer({ customerId, version }: Customer, onDone: () => void) {
  const { id, api } = useOrganization()
  const queries = useQueryClient()
  return useCommand(
    async (body: CustomerPatch, key) => {
      const params = { path: { customerId } }
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      try {
        return await answerOf(api.PATCH('/api/customers/{customerId}', { params, headers, body }))
      } catch (error) {
        void queries.invalidateQueries({ queryKey: [id, 'customers', 'one', customerId] })
        throw error
      }
    },
    { invalidates: [[id, 'customers']], onDone },
  )
}

export function useDeleteCustomer({ customerId, version }: Customer, onDone: () => void) {
  const { id, api } = useOrganization()
  return useCommand(
    async (_: null, key) => {
      const params = { path: { customerId } }
      const headers = { 'Idempotency-Key': key, 'If-Match': `"${version}"` }
      return answerOf(api.DELETE('/api/customers/{customerId}', { params, headers }))
    },
    { invalidates: [[id, 'customers']], leaves: true, onDone },
  )
}
