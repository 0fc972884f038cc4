'use client'

import { Button } from '@/components/button'

export default function ErrorPage({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main role="alert" className="mx-auto flex max-w-xl flex-col items-start gap-3 p-12 max-md:p-4">
      <h1 className="text-title">This page could not be shown</h1>
      <p className="text-text-2">The API did not answer as expected. Events are accepted and counted all the same.</p>
      {error.digest && <p className="code text-text-2">{error.digest}</p>}
      <Button onClick={reset}>Retry</Button>
    </main>
  )
}
