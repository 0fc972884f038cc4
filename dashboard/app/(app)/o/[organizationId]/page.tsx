import { redirect } from 'next/navigation'

export default async function OrganizationPage({ params }: { params: Promise<{ organizationId: string }> }) {
  redirect(`/o/${(await params).organizationId}/get-started`)
}
