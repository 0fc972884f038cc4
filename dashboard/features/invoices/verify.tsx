'use client'

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '@/components/button'
import { Panel } from '@/components/panel'
import { useOrganization } from '@/features/session/organization'
import { answerOf } from '@/lib/api/problem'
import { useCommand } from '@/lib/command'
import { formatCount } from '@/lib/decimal'
import { formatClock } from '@/lib/time'
import { useUrlState } from '@/lib/url-state'
import type { Check, Invoice, Verification } from './queries'

const readVerification = (given: URLSearchParams) => ({ verification: given.get('verification') })

/** Recomputes the whole invoice from raw events; a failed check is a result, not an error. */
export function Verify({ invoice }: { invoice: Invoice }) {
  const { id, api } = useOrganization()
  const [url, change] = useUrlState(readVerification)
  const verify = useCommand(
    async (_: null, key) => {
      const params = { path: { invoiceId: invoice.id } }
      const headers = { 'Idempotency-Key': key }
      return (await answerOf(api.POST('/api/invoices/{invoiceId}/verify', { params, headers }))).body
    },
    { onDone: (report) => change({ verification: report.id }, 'replace') },
  )
  const report = useQuery({
    queryKey: [id, 'verifications', url.verification],
    enabled: url.verification !== null,
    queryFn: async () => {
      const path = { invoiceId: invoice.id, verificationId: url.verification ?? '' }
      return (await answerOf(api.GET('/api/invoices/{invoiceId}/verifications/{verificationId}', { params: { path } })))
        .body
    },
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 1000 : false),
  })
  const shown = report.data
  const running = verify.isPending || shown?.status === 'running'
  return (
    <Panel
      title="Verify"
      aside={
        invoice.evidence && (
          <Button busy={running} onClick={() => verify.mutate(null)}>
            Verify invoice
          </Button>
        )
      }
    >
      {verify.error && <p className="text-danger">{verify.error.detail}</p>}
      {running ? (
        <p role="status">Recomputing lines, digests, hash and chain from raw events…</p>
      ) : shown ? (
        <Report report={shown} />
      ) : (
        <p className="text-text-2">
          {invoice.evidence
            ? 'Recomputes every line from raw events, and checks digests, total, hash, chain and completeness.'
            : 'A draft has no evidence yet: it gets it when it is issued.'}
        </p>
      )}
    </Panel>
  )
}

function Report({ report }: { report: Verification }) {
  const { zone } = useOrganization()
  const [whole, setWhole] = useState(false)
  const checks = report.checks as Check[]
  const failed = checks.find(({ passed }) => !passed)
  const at = report.completedAt ? ` ${formatClock(report.completedAt, zone)}` : ''
  return (
    <div className="flex flex-col gap-3">
      {failed ? (
        <div role="status" className="flex flex-col gap-1 rounded-control bg-danger-bg p-3 text-danger">
          <strong className="font-medium">
            Failed{at}: {failed.check}
          </strong>
          {failed.lineId && <span className="code break-all">{failed.lineId}</span>}
          <span className="code break-all">expected {failed.expected}</span>
          <span className="code break-all">actual {failed.actual}</span>
        </div>
      ) : (
        <p role="status" className="numeral rounded-control bg-success-bg p-3 text-success">
          <strong className="font-medium">Passed{at}.</strong> {formatCount(report.checkedEvents)} events; lines,
          digests, total, hash, chain and completeness agree.
        </p>
      )}
      <button type="button" aria-expanded={whole} onClick={() => setWhole(!whole)} className="link min-h-6 text-left">
        {whole ? 'Fold the checks' : `See ${checks.length} checks`}
      </button>
      {whole && (
        <ul className="flex flex-col gap-2">
          {checks.map(({ check, lineId, expected, actual, passed }) => (
            <li key={`${check}-${lineId}-${expected}`}>
              <span className={passed ? 'text-success' : 'text-danger'}>{passed ? 'passed' : 'failed'}</span> {check}
              <span className="code block break-all text-text-2">{passed ? expected : `${expected} ≠ ${actual}`}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
