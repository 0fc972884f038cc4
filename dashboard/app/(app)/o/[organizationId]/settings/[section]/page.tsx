import type { Metadata } from 'next'
import { SettingsPage } from '@/features/settings/settings-page'

export const metadata: Metadata = { title: 'Settings' }

type Props = { params: Promise<{ section: string }> }

export default async function Page({ params }: Props) {
  return <SettingsPage section={(await params).section} />
}
