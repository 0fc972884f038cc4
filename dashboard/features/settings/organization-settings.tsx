'use client'

import { SelectField, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { SectionForm } from './section-form'
import { TestClock } from './test-clock'

/** Name, time zone and how old events may be; the clock of a test organization. */
export function OrganizationSettings() {
  const { facts } = useOrganization()
  const zones = [...new Set([facts.timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])]
  return (
    <>
      <SectionForm
        title="Organization"
        of={['name', 'timeZone', 'maxEventAgeDays']}
        read={(typed) => ({
          name: typed('/name'),
          timeZone: typed('/timeZone'),
          maxEventAgeDays: Number(typed('/maxEventAgeDays')),
        })}
      >
        <TextField name="/name" label="Name" defaultValue={facts.name} required maxLength={200} />
        <SelectField
          name="/timeZone"
          label="Time zone"
          defaultValue={facts.timeZone}
          help="Billing periods begin at midnight here, and times are shown in it."
        >
          {zones.map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </SelectField>
        <TextField
          name="/maxEventAgeDays"
          label="Days an event may be old"
          inputMode="numeric"
          defaultValue={facts.maxEventAgeDays}
          help="1 to 35. Older events are rejected."
        />
      </SectionForm>
      {facts.mode === 'test' && <TestClock />}
    </>
  )
}
