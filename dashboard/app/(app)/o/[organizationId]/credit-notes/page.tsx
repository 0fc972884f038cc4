import type { Metadata } from 'next'
import { CreditNoteList } from '@/features/credit-notes/credit-note-list'

export const metadata: Metadata = { title: 'Credit notes' }

export default function Page() {
  return <CreditNoteList />
}
