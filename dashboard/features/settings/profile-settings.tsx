'use client'

import { useState } from 'react'
import { Button } from '@/components/button'
import { Form, secretOf, TextField } from '@/components/form'
import { Instant } from '@/components/instant'
import { Facts, Panel } from '@/components/panel'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { type ListedSession, useChangePassword, useEndOthers, useEndSession, useSessions } from './queries'

/** The reader: who they are, their password, where they are signed in. */
export function ProfileSettings() {
  const { session } = useOrganization()
  return (
    <>
      <Panel title="Profile">
        <Facts
          facts={[
            ['Name', session.user.name],
            ['Email', session.user.email],
          ]}
        />
      </Panel>
      <Password />
      <Sessions />
    </>
  )
}

function Password() {
  const [changes, setChanges] = useState(0)
  const change = useChangePassword(() => setChanges(changes + 1))
  return (
    <Panel title="Password">
      <Form
        key={changes}
        error={change.error}
        onSubmit={(_, form) => {
          const body = {
            currentPassword: secretOf(form, '/currentPassword'),
            newPassword: secretOf(form, '/newPassword'),
          }
          if (!change.isPending) change.mutate(body)
        }}
      >
        <TextField name="/currentPassword" label="Present password" type="password" autoComplete="current-password" />
        <TextField
          name="/newPassword"
          label="New password"
          type="password"
          autoComplete="new-password"
          help="12 characters or more."
        />
        <div className="flex items-center justify-end gap-3">
          <span role="status" className="text-success">
            {change.isSuccess && 'Changed.'}
          </span>
          <Button type="submit" kind="primary" busy={change.isPending}>
            Change password
          </Button>
        </div>
      </Form>
    </Panel>
  )
}

function Sessions() {
  const { zone } = useOrganization()
  const list = useSessions()
  const end = useEndSession()
  const others = list.rows?.filter(({ current }) => !current) ?? []
  const endOthers = useEndOthers(others)
  const error = end.error ?? endOthers.error
  const columns: readonly Column<ListedSession>[] = [
    { head: 'From', cell: ({ ip }) => ip ?? '–' },
    { head: 'With', cell: ({ userAgent }) => <span className="line-clamp-1 break-all">{userAgent ?? '–'}</span> },
    { head: 'Last seen', cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} zone={zone} />, narrow: 'second' },
    {
      head: 'Actions',
      narrow: 'beside',
      cell: ({ id, current }) =>
        current ? (
          'this one'
        ) : (
          <Button kind="quiet" busy={end.isPending && end.variables === id} onClick={() => end.mutate(id)}>
            Sign out
          </Button>
        ),
      right: true,
    },
  ]
  return (
    <Panel
      title="Sessions"
      flush
      aside={
        others.length > 0 && (
          <Button kind="quiet" busy={endOthers.isPending} onClick={() => endOthers.mutate(null)}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      {error && (
        <p role="alert" className="px-4 pb-2 text-danger">
          {error.detail}
        </p>
      )}
      <Table caption="Sessions" list={list} columns={columns} rowKey={({ id }) => id} expected={2} empty={null} />
    </Panel>
  )
}
