import Link from 'next/link'

export default function NotFound() {
  return (
    <main className="mx-auto flex max-w-xl flex-col items-start gap-3 p-12 max-md:p-4">
      <h1 className="text-title">Nothing is here</h1>
      <p className="text-text-2">
        There is no such page, or it belongs to an organization that you are not a member of.
      </p>
      <Link href="/" className="link">
        Go to your organization
      </Link>
    </main>
  )
}
