'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { lastFilters } from '@/lib/url-state'

/** The way back to a list, with the filters it had. */
export function Crumb({ label, href }: { label: string; href: string }) {
  const [address, setAddress] = useState(href)
  useEffect(() => setAddress(href + lastFilters(href)), [href])
  return (
    <nav aria-label="Breadcrumb" className="text-caption">
      <Link href={address} className="link inline-block py-1">
        {label}
      </Link>
    </nav>
  )
}
