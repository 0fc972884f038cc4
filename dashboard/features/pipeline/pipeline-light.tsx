'use client'

import dynamic from 'next/dynamic'
import { useState } from 'react'
import { useOrganization } from '@/features/session/organization'
import { lightOf } from './light'
import { useCounting, useLastRun } from './queries'

const PipelinePanel = dynamic(() => import('./pipeline-panel').then(({ PipelinePanel }) => PipelinePanel), {
  ssr: false,
})

const LOOKS = {
  success: 'rounded-full bg-success',
  warning: 'bg-warning [clip-path:polygon(50%_0,100%_100%,0_100%)]',
  danger: 'bg-danger',
  neutral: 'rounded-full bg-border-strong',
} as const

/** In the foot of the sidebar: whether all that arrives is counted and billed. Its form differs with its colour. */
export function PipelineLight() {
  const { may } = useOrganization()
  const [open, setOpen] = useState(false)
  const counting = useCounting()
  const runs = useLastRun()
  if (!may('events:read')) return null
  const run = runs.data?.data[0]
  const light = lightOf({ counting: counting.data, run, unreachable: Boolean(counting.error ?? runs.error) })
  return (
    <>
      <button
        type="button"
        title={light.word}
        onClick={() => setOpen(true)}
        className="flex h-8 w-full items-center gap-2 rounded-control px-2 text-left text-caption text-text-2 hover:bg-sunken max-lg:h-11"
      >
        <span aria-hidden className="inline-flex size-4 shrink-0 items-center justify-center">
          <span className={`size-2 ${LOOKS[light.tone]}`} />
        </span>
        <span className="truncate lg:in-data-[sidebar=folded]:sr-only">{light.word}</span>
      </button>
      {open && <PipelinePanel light={light} counting={counting.data} run={run} onClose={() => setOpen(false)} />}
    </>
  )
}
