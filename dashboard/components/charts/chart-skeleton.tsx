import { Skeleton } from '@/components/skeleton'

/** The box of a chart and some rows, in the place where they will stand. */
export function ChartSkeleton({ label, rows = 8, height = 320 }: { label: string; rows?: number; height?: number }) {
  return (
    <div className="flex flex-col gap-4 py-4">
      <span className="skeleton block w-full" style={{ height }} />
      {rows > 0 && <Skeleton rows={rows} label={label} />}
    </div>
  )
}
