'use client'

import { useState } from 'react'
import { worded } from '@/components/badge'
import { Button } from '@/components/button'
import { Empty } from '@/components/empty'
import { Instant } from '@/components/instant'
import { PageHead } from '@/components/page-head'
import { Panel } from '@/components/panel'
import { Limited, PermittedButton } from '@/components/permitted'
import { type Column, Table } from '@/components/table'
import { useOrganization } from '@/features/session/organization'
import { useAskedForNew } from '@/lib/asked'
import { InviteDialog } from './invite-dialog'
import { MemberDialog } from './member-dialog'
import { type Invitation, type Member, useInvitations, useMembers, useWithdraw } from './queries'

/** Who may do what: members, and invitations that wait. */
export function MembersPage() {
  const { may } = useOrganization()
  const [inviting, setInviting] = useAskedForNew()
  const [opened, setOpened] = useState<Member | null>(null)
  if (!may('members:read')) return <Limited scope="members:read" />
  return (
    <>
      <PageHead title="Members">
        <PermittedButton scope="members:write" kind="primary" onClick={() => setInviting(true)}>
          Invite member
        </PermittedButton>
      </PageHead>
      <div className="flex flex-col gap-4 py-6">
        <Members onOpen={setOpened} />
        <Invitations />
      </div>
      <InviteDialog open={inviting} onClose={() => setInviting(false)} />
      {opened && <MemberDialog member={opened} onClose={() => setOpened(null)} />}
    </>
  )
}

function Members({ onOpen }: { onOpen: (member: Member) => void }) {
  const { zone } = useOrganization()
  const columns: Column<Member>[] = [
    { head: 'Name', cell: ({ name }) => name },
    { head: 'Email', cell: ({ email }) => email ?? '–' },
    { head: 'Role', cell: ({ role }) => worded(role.toLowerCase()), narrow: 'second' },
    { head: 'Joined', cell: ({ joinedAt }) => <Instant at={joinedAt} zone={zone} /> },
    { head: 'Last seen', cell: ({ lastSeenAt }) => (lastSeenAt ? <Instant at={lastSeenAt} zone={zone} /> : '–') },
    {
      head: 'Actions',
      narrow: 'beside',
      cell: (member) => (
        <Button kind="quiet" onClick={() => onOpen(member)} aria-label={`Change ${member.name}`}>
          Change
        </Button>
      ),
      right: true,
    },
  ]
  return (
    <Panel flush>
      <Table
        caption="Members"
        list={useMembers()}
        columns={columns}
        rowKey={({ userId }) => userId}
        empty={<Empty title="You are the only member" />}
        expected={4}
      />
    </Panel>
  )
}

function Invitations() {
  const { zone } = useOrganization()
  const list = useInvitations()
  const withdraw = useWithdraw()
  const columns: Column<Invitation>[] = [
    { head: 'Invited', cell: ({ email }) => email },
    { head: 'Role', cell: ({ role }) => worded(role.toLowerCase()), narrow: 'second' },
    { head: 'Until', cell: ({ expiresAt }) => <Instant at={expiresAt} zone={zone} /> },
    {
      head: 'Actions',
      narrow: 'beside',
      cell: ({ id, email }) => (
        <PermittedButton
          scope="members:write"
          kind="quiet"
          busy={withdraw.isPending && withdraw.variables === id}
          onClick={() => withdraw.mutate(id)}
          aria-label={`Withdraw the invitation of ${email}`}
        >
          Withdraw
        </PermittedButton>
      ),
      right: true,
    },
  ]
  return (
    <Panel title="Invitations" flush>
      <Table
        caption="Invitations"
        list={list}
        columns={columns}
        rowKey={({ id }) => id}
        empty={<p className="p-4 text-text-2">No invitation waits.</p>}
        expected={2}
      />
    </Panel>
  )
}
