'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { PermittedButton } from '@/components/permitted'
import { PermittedLink } from '@/components/permitted-link'
import { useOrganization } from '@/features/session/organization'
import { useSubscriptions } from '@/features/subscriptions/queries'
import { CustomerEdit } from './customer-edit'
import { useDeleteCustomer } from './mutations'
import type { Customer } from './queries'

/** Edit, delete, and the next step: a plan for who has none. */
export function CustomerActions({ customer }: { customer: Customer }) {
  const { path } = useOrganization()
  const router = useRouter()
  const { customerId } = customer
  const [asking, ask] = useState<'edit' | 'delete' | null>(null)
  const remove = useDeleteCustomer(customer, () => router.push(path('/customers')))
  const subscriptions = useSubscriptions({ customerId })
  const live = subscriptions.rows?.find(({ status }) => status !== 'canceled')
  return (
    <>
      {subscriptions.rows?.length === 0 && (
        <PermittedButton scope="customers:write" kind="quiet" onClick={() => ask('delete')}>
          Delete
        </PermittedButton>
      )}
      <PermittedButton scope="customers:write" onClick={() => ask('edit')}>
        Edit customer
      </PermittedButton>
      {subscriptions.rows && (
        <PermittedLink
          scope="subscriptions:write"
          kind="primary"
          href={path(
            live
              ? `/subscriptions/${live.id}?change`
              : `/subscriptions/new?customerId=${encodeURIComponent(customerId)}`,
          )}
        >
          {live ? 'Change plan' : 'Subscribe to a plan'}
        </PermittedLink>
      )}
      {asking === 'edit' && <CustomerEdit customer={customer} onClose={() => ask(null)} />}
      {asking === 'delete' && (
        <ConfirmDialog
          title={`Delete ${customer.name ?? customerId}?`}
          verb="Delete customer"
          safe="Keep customer"
          typed={customerId}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(null)}
          onClose={() => ask(null)}
        >
          The name and address are gone. Events that name {customerId} stay counted. A customer with subscriptions or
          invoices cannot be deleted.
        </ConfirmDialog>
      )}
    </>
  )
}
