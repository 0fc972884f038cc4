'use client'

import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Form, TextArea, TextField } from '@/components/form'
import { useEditPlan } from './mutations'
import type { Plan } from './queries'

/** What stands around a plan's prices. Invoices that were issued keep the name that they have. */
export function PlanEdit({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const edit = useEditPlan(plan, onClose)
  return (
    <Dialog open onClose={onClose} title="Edit plan">
      <Form
        error={edit.error}
        sentences={{ precondition_failed: `Somebody else changed this plan meanwhile. It is now called ${plan.name}.` }}
        onSubmit={(typed) => {
          if (!edit.isPending) edit.mutate({ name: typed('/name'), description: typed('/description') || null })
        }}
      >
        <TextField
          name="/name"
          label="Name"
          required
          defaultValue={plan.name}
          help="What customers read on invoices."
        />
        <TextArea name="/description" label="Description" optional defaultValue={plan.description ?? ''} />
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
