import type { Counting, Run } from './queries'

export type Light = { tone: 'success' | 'warning' | 'danger' | 'neutral'; word: string }

const BEHIND_MILLISECONDS = 60_000

type Known = { counting: Counting | undefined; run: Run | undefined; unreachable: boolean }

/** Green, amber or red, with the word that says why: the worst comes first. */
export function lightOf({ counting, run, unreachable }: Known): Light {
  if (unreachable) return { tone: 'danger', word: 'A part is not reachable' }
  if (run?.status === 'failed') return { tone: 'danger', word: 'A billing run failed' }
  const through = counting?.countedThrough
  if (counting && through && counting.answeredAt - Date.parse(through) > BEHIND_MILLISECONDS) {
    return { tone: 'warning', word: 'Counting is behind' }
  }
  if (run && run.status !== 'completed') return { tone: 'warning', word: 'A billing run waits' }
  return counting ? { tone: 'success', word: 'All is counted' } : { tone: 'neutral', word: 'Asking' }
}
