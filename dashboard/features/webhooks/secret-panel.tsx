'use client'

import { useState } from 'react'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Instant } from '@/components/instant'
import { Facts, Panel } from '@/components/panel'
import { PermittedButton } from '@/components/permitted'
import { useOrganization } from '@/features/session/organization'
import { useRevealSecret, useRotateSecret } from './commands'
import { overlapUntil } from './facts'
import type { Endpoint } from './queries'
import { ShownSecret } from './shown-secret'

/** The signing secret, masked: revealed, which is audited, or rotated with an overlap of 24 hours. */
export function SecretPanel({ endpoint }: { endpoint: Endpoint }) {
  const { zone } = useOrganization()
  const [asked, setAsked] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const reveal = useRevealSecret(endpoint.id)
  const rotate = useRotateSecret(endpoint, (rotated) => {
    setAsked(false)
    setSecret(rotated.secret ?? null)
  })
  const until = overlapUntil(endpoint, Date.now())
  return (
    <Panel title="Signing secret">
      <div className="flex flex-col gap-3">
        <Facts
          facts={[
            [
              'Secret',
              <span key="secret" className="code">
                whsec_••••••••
              </span>,
            ],
            ['Since', <Instant key="since" at={endpoint.secretRotatedAt} zone={zone} />],
            ...(until
              ? ([
                  [
                    'Old one',
                    <span key="old">
                      signs too until <Instant at={until} zone={zone} />
                    </span>,
                  ],
                ] as const)
              : []),
          ]}
        />
        <div className="flex flex-wrap gap-2">
          <PermittedButton
            scope="webhooks:write"
            busy={reveal.isPending}
            onClick={() => reveal.mutate(undefined, { onSuccess: (revealed) => setSecret(revealed.secret ?? null) })}
          >
            Reveal
          </PermittedButton>
          <PermittedButton scope="webhooks:write" onClick={() => setAsked(true)}>
            Rotate
          </PermittedButton>
        </div>
        <p className="text-caption text-text-2">Revealing it is written into the audit log.</p>
        {reveal.error && <p className="text-danger">{reveal.error.detail}</p>}
      </div>
      {asked && (
        <ConfirmDialog
          title="Rotate the signing secret?"
          verb="Rotate secret"
          safe="Keep it"
          busy={rotate.isPending}
          error={rotate.error}
          onConfirm={() => rotate.mutate(undefined)}
          onClose={() => setAsked(false)}
        >
          A new secret signs from now on. The old one signs too for 24 hours: give the receiver the new one by then.
        </ConfirmDialog>
      )}
      {secret && (
        <ShownSecret
          secret={secret}
          note="Give it to the receiver. After a rotation requests carry the signatures of both secrets for 24 hours."
          onClose={() => setSecret(null)}
        />
      )}
    </Panel>
  )
}
