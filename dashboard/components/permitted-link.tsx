'use client'

import Link from 'next/link'
import { useOrganization } from '@/features/session/organization'
import { type ButtonKind, buttonLooks } from './button'
import { PermittedButton } from './permitted'

type Props = { scope: string; href: string; kind?: ButtonKind; children: string }

/** A link that looks like a button; whoever lacks the scope sees it, cannot follow it, and is told why. */
export function PermittedLink({ scope, href, kind = 'plain', children }: Props) {
  const { may } = useOrganization()
  if (!may(scope)) {
    return (
      <PermittedButton scope={scope} kind={kind}>
        {children}
      </PermittedButton>
    )
  }
  return (
    <Link className={buttonLooks(kind)} data-kind={kind} href={href}>
      {children}
    </Link>
  )
}
