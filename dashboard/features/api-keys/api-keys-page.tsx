'use client'

import { useState } from 'react'
import { Badge, type Tone } from '@/components/badge'
import { Button } from '@/components/button'
import { Dialog } from '@/components/dialog'
import { Empty } from '@/components/empty'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited, PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useAskedForNew } from '@/lib/asked'
import { CreateKeyForm } from './create-key-form'
import { KeyActions } from './key-actions'
import { NewKey } from './new-key'
import { type ApiKey, type NewApiKey, useApiKeys } from './queries'

const WEEK = 7 * 86_400_000
const TONES: Record<ApiKey['status'], Tone> = { active: 'success', expired: 'neutral', revoked: 'neutral' }

function KeyBadge({ apiKey }: { apiKey: ApiKey }) {
  const { status, expiresAt } = apiKey
  if (status === 'active' && expiresAt && Date.parse(expiresAt) - Date.now() < WEEK) {
    return <Badge tone="warning">Expiring</Badge>
  }
  return <Badge tone={TONES[status]}>{status.slice(0, 1).toUpperCase() + status.slice(1)}</Badge>
}

/** Who may call the API: keys, made, shown once, rolled and revoked. */
export function ApiKeysPage() {
  const { zone, may } = useOrganization()
  const list = useApiKeys()
  const [creating, setCreating] = useAskedForNew()
  const [made, setMade] = useState<NewApiKey | null>(null)
  const names = new Map(list.rows?.map(({ id, name }) => [id, name]))
  if (!may('keys:read')) return <Limited scope="keys:read" />
  const columns: readonly Column<ApiKey>[] = [
    {
      head: 'Name',
      cell: ({ name, replaces }) => (
        <span>
          {name}
          {replaces && <span className="text-text-3"> replaces {names.get(replaces) ?? replaces}</span>}
        </span>
      ),
    },
    { head: 'Key', cell: ({ start, last4 }) => <span className="code whitespace-nowrap">{`${start}…${last4}`}</span> },
    { head: 'Scopes', cell: ({ scopes }) => <Scopes scopes={scopes} /> },
    { head: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt ? <Instant at={lastUsedAt} zone={zone} /> : 'never') },
    { head: 'Expires', cell: ({ expiresAt }) => (expiresAt ? <Instant at={expiresAt} zone={zone} /> : '–') },
    { head: 'State', cell: (apiKey) => <KeyBadge apiKey={apiKey} />, narrow: 'second' },
    {
      head: 'Actions',
      cell: (apiKey) => <KeyActions apiKey={apiKey} onNew={setMade} />,
      right: true,
      narrow: 'beside',
    },
  ]
  const create = (
    <PermittedButton scope="keys:write" kind="primary" onClick={() => setCreating(true)}>
      New key
    </PermittedButton>
  )
  return (
    <>
      <PageHead title="API keys">{create}</PageHead>
      <div className="py-4">
        <Panel flush>
          <Table
            caption="API keys"
            list={list}
            columns={columns}
            rowKey={({ id }) => id}
            expected={4}
            empty={
              <Empty
                title="No API keys yet"
                action={<Button onClick={() => setCreating(true)}>Create ingest key</Button>}
              >
                A backend sends events with an ingest key: it can do that and nothing else.
              </Empty>
            }
          />
        </Panel>
      </div>
      <Dialog open={creating} onClose={() => setCreating(false)} title="New API key">
        <CreateKeyForm
          onDone={(key) => {
            setCreating(false)
            setMade(key)
          }}
        />
      </Dialog>
      {made && <NewKey apiKey={made} onClose={() => setMade(null)} />}
    </>
  )
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  if (scopes.length === 1 && scopes[0] === 'track:write') return <span>Ingest only</span>
  return (
    <span title={scopes.join('\n')}>
      {scopes[0]}
      {scopes.length > 1 && <span className="text-text-3"> and {scopes.length - 1} more</span>}
    </span>
  )
}
