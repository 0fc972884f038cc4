import type { Metadata } from 'next'
import { GetStarted } from '@/features/get-started/get-started'

export const metadata: Metadata = { title: 'Get started' }

export default function GetStartedPage() {
  return <GetStarted openedAt={new Date().toISOString()} />
}
