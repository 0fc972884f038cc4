'use client'

import { useRouter } from 'next/navigation'
import { Button } from '@/components/button'
import { Form, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'

type NewCustomer = { customerId: string; name: string | null; email: string | null }

export function CustomerForm({ onDone }: { onDone: () => void }) {
  const { id, api, path } = useOrganization()
  const router = useRouter()
  const create = useCommand(
    async (body: NewCustomer, key) =>
      (await answerOf(api.POST('/api/customers', { body, headers: { 'Idempotency-Key': key } }))).body,
    {
      invalidates: [[id, 'customers']],
      onDone: ({ customerId }) => {
        onDone()
        router.push(path(`/customers/${encodeURIComponent(customerId)}`))
      },
    },
  )
  return (
    <Form
      error={create.error}
      onSubmit={(typed) => {
        if (create.isPending) return
        create.mutate({
          customerId: typed('/customerId'),
          name: typed('/name') || null,
          email: typed('/email') || null,
        })
      }}
    >
      <TextField
        name="/customerId"
        label="Customer id"
        required
        className="code"
        help="Your own id, as events carry it. It cannot be changed."
      />
      <TextField name="/name" label="Name" optional help="As printed on invoices." />
      <TextField name="/email" label="Email" type="email" optional />
      <div className="flex justify-end">
        <Button type="submit" kind="primary" busy={create.isPending}>
          Create customer
        </Button>
      </div>
    </Form>
  )
}
