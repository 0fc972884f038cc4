import type { Metadata } from 'next'
import { EventsPage } from '@/features/events/events-page'

export const metadata: Metadata = { title: 'Backfills' }

export default function Page() {
  return <EventsPage />
}
