import type { Metadata } from 'next'
import { DraftPage } from '@/features/plans/draft-page'

export const metadata: Metadata = { title: 'Draft' }

export default async function Page({ params }: { params: Promise<{ planId: string }> }) {
  return <DraftPage planId={(await params).planId} />
}
