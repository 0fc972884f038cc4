'use client'

import { useState } from 'react'
import { SelectField, TextField } from '@/components/form'
import { useOrganization } from '@/features/session/organization'
import { SectionForm } from './section-form'
import { ADDRESS, issuedAt, readAddress, readDays } from './values'

const CALLED: Record<(typeof ADDRESS)[number], string> = {
  line1: 'Street and number',
  line2: 'Second line',
  postalCode: 'Postal code',
  city: 'City',
  region: 'Region',
  country: 'Country, two letters',
}

/** What invoices say and when they are issued. Those that are issued keep what they say. */
export function BillingSettings() {
  return (
    <>
      <Issuer />
      <Invoicing />
      <Dunning />
    </>
  )
}

function Issuer() {
  const { facts } = useOrganization()
  const issuer = facts.issuer as { name?: string; taxId?: string | null; address?: Record<string, string> | null }
  return (
    <SectionForm
      title="Issuer, as printed on invoices"
      of={['issuer']}
      read={(typed) => ({
        issuer: { name: typed('/issuer/name'), taxId: typed('/issuer/taxId') || null, address: readAddress(typed) },
      })}
    >
      <TextField name="/issuer/name" label="Name" defaultValue={issuer.name ?? ''} required />
      <TextField name="/issuer/taxId" label="Tax id" optional defaultValue={issuer.taxId ?? ''} />
      {ADDRESS.map((name) => (
        <TextField
          key={name}
          name={`/issuer/address/${name}`}
          label={CALLED[name]}
          optional
          defaultValue={issuer.address?.[name] ?? ''}
        />
      ))}
    </SectionForm>
  )
}

function Invoicing() {
  const { facts } = useOrganization()
  const [grace, setGrace] = useState(String(facts.graceHours))
  const hours = /^\d{1,2}$/.test(grace) ? Number.parseInt(grace, 10) : null
  return (
    <SectionForm
      title="Invoices"
      of={['defaultCurrency', 'graceHours', 'autoFinalize', 'invoiceNumberPrefix', 'paymentTermDays']}
      read={(typed) => ({
        defaultCurrency: typed('/defaultCurrency').toUpperCase(),
        graceHours: Number(typed('/graceHours')),
        autoFinalize: typed('/autoFinalize') === 'true',
        invoiceNumberPrefix: typed('/invoiceNumberPrefix'),
        paymentTermDays: Number(typed('/paymentTermDays')),
      })}
    >
      <TextField
        name="/defaultCurrency"
        label="Currency"
        defaultValue={facts.defaultCurrency}
        maxLength={3}
        help="Of new plans. Those that are there keep theirs."
      />
      <TextField
        name="/graceHours"
        label="Grace, in hours"
        inputMode="numeric"
        value={grace}
        onChange={(event) => setGrace(event.target.value)}
        help={
          hours !== null && hours <= 72
            ? `November's invoices are issued on ${issuedAt(hours)}.`
            : '0 to 72: how long usage is waited for.'
        }
      />
      <SelectField name="/autoFinalize" label="Issued" defaultValue={String(facts.autoFinalize)}>
        <option value="true">by itself, after the grace</option>
        <option value="false">by hand: they stay drafts until somebody finalizes them</option>
      </SelectField>
      <TextField
        name="/invoiceNumberPrefix"
        label="Number prefix"
        optional
        className="code"
        defaultValue={facts.invoiceNumberPrefix}
      />
      <TextField
        name="/paymentTermDays"
        label="Payment term, in days"
        inputMode="numeric"
        defaultValue={facts.paymentTermDays}
      />
    </SectionForm>
  )
}

function Dunning() {
  const { facts } = useOrganization()
  const [wrong, setWrong] = useState<string>()
  const dunning = facts.dunning as { retryAfterDays?: number[]; suspendAfterDays?: number }
  return (
    <SectionForm
      title="Failed payments"
      of={['dunning']}
      read={(typed) => {
        const retryAfterDays = readDays(typed('/dunning/retryAfterDays'))
        setWrong(retryAfterDays ? undefined : 'Write whole days with commas between them: 1, 3, 5.')
        const suspendAfterDays = Number(typed('/dunning/suspendAfterDays'))
        return retryAfterDays && { dunning: { retryAfterDays, suspendAfterDays } }
      }}
    >
      <TextField
        name="/dunning/retryAfterDays"
        label="Tried again after days"
        defaultValue={(dunning.retryAfterDays ?? []).join(', ')}
        error={wrong}
        help="Counted from the first failure, ascending."
      />
      <TextField
        name="/dunning/suspendAfterDays"
        label="Suspended after days"
        inputMode="numeric"
        defaultValue={dunning.suspendAfterDays ?? ''}
      />
    </SectionForm>
  )
}
