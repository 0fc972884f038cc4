import type { Metadata } from 'next'
import { CreditNoteList } from '@/features/credit-notes/credit-note-list'

export const metadata: Metadata = { title: 'Credit note' }

export default function Page() {
  return <CreditNoteList />
}
