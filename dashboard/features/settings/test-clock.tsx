'use client'

import { Form, SelectField } from '@/components/form'
import { Instant } from '@/components/instant'
import { Facts, Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { ProblemPanel } from '@/components/problem-panel'
import { Skeleton } from '@/components/skeleton'
import { useOrganization } from '@/features/session/organization'
import { useAdvanceClock, useTestClock } from './queries'

const HOUR = 3_600_000

/** The clock of a test organization, which only goes forward, with a stop at everything that falls due. */
export function TestClock() {
  const { zone } = useOrganization()
  const clock = useTestClock()
  const advance = useAdvanceClock()
  if (clock.error && !clock.data) return <ProblemPanel what="The clock" error={clock.error} />
  if (!clock.data) return <Skeleton rows={3} />
  const { now, target, runIds } = clock.data
  return (
    <Panel title="Test clock">
      <Form
        error={advance.error}
        onSubmit={(typed) => {
          const hours = Number.parseInt(typed('hours'), 10)
          if (!advance.isPending) advance.mutate(new Date(Date.parse(now) + hours * HOUR).toISOString())
        }}
      >
        <Facts
          facts={[
            ['Now', <Instant key="now" at={now} zone={zone} seconds />],
            ['On its way to', target ? <Instant key="target" at={target} zone={zone} seconds /> : '–'],
            ['Billing runs', runIds.length],
          ]}
        />
        <SelectField name="hours" label="Advance by" defaultValue="24">
          <option value="1">an hour</option>
          <option value="24">a day</option>
          <option value="168">a week</option>
          <option value="744">31 days</option>
        </SelectField>
        <div className="flex justify-end">
          <PermittedButton
            scope="invoices:write"
            unless={target ? 'It is on its way.' : null}
            type="submit"
            busy={advance.isPending}
          >
            Advance
          </PermittedButton>
        </div>
      </Form>
    </Panel>
  )
}
