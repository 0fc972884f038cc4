'use client'

import Link from 'next/link'
import { useEffect, useState } from 'react'
import { goBackTo } from '@/lib/scroll'
import { lastFilters } from '@/lib/url-state'

/** The way back to a list, with the filters it had and where it was scrolled to. */
export function Crumb({ label, href }: { label: string; href: string }) {
  const [address, setAddress] = useState(href)
  useEffect(() => setAddress(href + lastFilters(href)), [href])
  return (
    <nav aria-label="Breadcrumb" className="text-caption">
      <Link href={address} onClick={() => goBackTo(href)} className="link inline-block py-1">
        {label}
      </Link>
    </nav>
  )
}
