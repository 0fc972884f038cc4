import { redirect } from 'next/navigation'
import { readSession } from '@/lib/api/server'

/** The first organization of whoever is signed in. */
export default async function HomePage() {
  const session = await readSession()
  const [first] = session?.organizations ?? []
  redirect(first ? `/o/${first.id}` : '/sign-in')
}
