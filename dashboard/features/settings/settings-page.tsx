'use client'

import { Empty } from '@/components/empty'
import { PageHead } from '@/components/page-head'
import { Tabs } from '@/components/tabs'
import { useOrganization } from '@/features/session/organization'
import { BillingSettings } from './billing-settings'
import { DangerZone } from './danger-zone'
import { OrganizationSettings } from './organization-settings'
import { ProfileSettings } from './profile-settings'

const SECTIONS = [
  ['organization', 'Organization'],
  ['billing', 'Billing'],
  ['profile', 'Profile'],
  ['danger', 'Danger zone'],
] as const

/** What the organization and the reader have set; each section saves by itself. */
export function SettingsPage({ section }: { section: string }) {
  const { path } = useOrganization()
  return (
    <>
      <PageHead title="Settings" />
      <Tabs
        label="Settings"
        tabs={SECTIONS.map(([name, label]) => ({ label, href: path(`/settings/${name}`), here: name === section }))}
      />
      <div className="flex max-w-2xl flex-col gap-4 py-4">
        <Section section={section} />
      </div>
    </>
  )
}

function Section({ section }: { section: string }) {
  switch (section) {
    case 'organization':
      return <OrganizationSettings />
    case 'billing':
      return <BillingSettings />
    case 'profile':
      return <ProfileSettings />
    case 'danger':
      return <DangerZone />
    default:
      return <Empty title="There are no such settings" />
  }
}
