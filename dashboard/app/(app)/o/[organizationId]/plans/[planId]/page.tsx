import type { Metadata } from 'next'
import { PlanDetail } from '@/features/plans/plan-detail'

export const metadata: Metadata = { title: 'Plan' }

export default async function Page({ params }: { params: Promise<{ planId: string }> }) {
  return <PlanDetail planId={(await params).planId} />
}
