'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextField } from '@/components/form'
import { useEditCustomer } from './mutations'
import type { Customer } from './queries'

const ADDRESS = [
  ['line1', 'Address'],
  ['line2', 'Address, second line'],
  ['postalCode', 'Postal code'],
  ['city', 'City'],
  ['region', 'Region'],
  ['country', 'Country'],
] as const

/** Everything of a customer but its id. Invoices keep what they were issued with. */
export function CustomerEdit({ customer, onClose }: { customer: Customer; onClose: () => void }) {
  const edit = useEditCustomer(customer, onClose)
  const address = (customer.address ?? {}) as Record<string, string | null>
  const now = [customer.name, customer.email, customer.taxId, customer.timeZone].filter(Boolean).join(', ')
  return (
    <Dialog open onClose={onClose} title="Edit customer" place="right">
      <Form
        error={edit.error}
        sentences={{
          precondition_failed: `Somebody else changed this customer meanwhile: it now reads ${now}. Save again to replace that with what stands here.`,
        }}
        onSubmit={(typed) => {
          if (edit.isPending) return
          const fields = ADDRESS.map(([name]) => [name, typed(`/address/${name}`) || null] as const)
          const given = fields.some(([, value]) => value !== null)
          edit.mutate({
            name: typed('/name') || null,
            email: typed('/email') || null,
            taxId: typed('/taxId') || null,
            timeZone: typed('/timeZone') || null,
            paymentMethod: typed('/paymentMethod') || null,
            address: given ? Object.fromEntries(fields) : null,
          })
        }}
      >
        <TextField
          name="/name"
          label="Name"
          optional
          defaultValue={customer.name ?? ''}
          help="As printed on invoices."
        />
        <TextField name="/email" label="Email" optional type="email" defaultValue={customer.email ?? ''} />
        <TextField name="/taxId" label="Tax id" optional defaultValue={customer.taxId ?? ''} />
        <TextField
          name="/timeZone"
          label="Time zone"
          className="code"
          defaultValue={customer.timeZone}
          help="Of new subscriptions; those that there are keep theirs."
        />
        <TextField
          name="/paymentMethod"
          label="Payment method"
          optional
          className="code"
          defaultValue={customer.paymentMethod ?? ''}
          help="What your payment provider knows this customer by."
        />
        <div className="grid grid-cols-2 gap-3">
          {ADDRESS.map(([name, label]) => (
            <div key={name} className={name.startsWith('line') ? 'col-span-2' : ''}>
              <TextField
                name={`/address/${name}`}
                label={label}
                optional
                defaultValue={address[name] ?? ''}
                help={name === 'country' ? 'Two letters, as DE.' : undefined}
              />
            </div>
          ))}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" kind="primary" busy={edit.isPending}>
            Save changes
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
