import type { Metadata } from 'next'
import { BacktestPage } from '@/features/plans/backtest-page'

export const metadata: Metadata = { title: 'Backtest' }

export default async function Page({ params }: { params: Promise<{ planId: string }> }) {
  return <BacktestPage planId={(await params).planId} />
}
