import { PageHead } from '@/components/page-head'

export default function GetStartedPage() {
  return <PageHead title="Get started" />
}
