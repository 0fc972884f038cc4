'use client'

import { Tooltip } from '@base-ui/react/tooltip'
import type { ComponentProps } from 'react'
import { useOrganization } from '@/features/session/organization'
import { allows, limitedSentence } from '@/lib/permissions'
import { Button } from './button'

/** A button that whoever lacks the scope sees, cannot use, and is told why. `unless` is another reason. */
export function PermittedButton({
  scope,
  unless,
  ...button
}: ComponentProps<typeof Button> & { scope: string; unless?: string | null }) {
  const { scopes, role } = useOrganization()
  const reason = allows(scopes, scope) ? unless : limitedSentence(scope, role)
  if (!reason) return <Button {...button} />
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={<Button {...button} aria-disabled aria-description={reason} />} />
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6}>
          <Tooltip.Popup className="z-50 max-w-72 rounded-control border border-border bg-surface px-2 py-1.5 text-caption shadow-float">
            {reason}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

/** Instead of a page that the reader's role may not see. */
export function Limited({ scope }: { scope: string }) {
  const { role } = useOrganization()
  return (
    <div className="mx-auto flex max-w-md flex-col gap-1 px-4 py-16 text-center">
      <h1 className="text-panel">Not open to your role</h1>
      <p className="text-text-2">{limitedSentence(scope, role)}</p>
    </div>
  )
}
