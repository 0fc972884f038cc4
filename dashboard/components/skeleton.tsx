/** Bars in the shape of what is to come. */
export function Skeleton({ rows = 3, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-3 p-4">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have no identity
        <span key={row} className="skeleton h-4" style={{ width: `${90 - ((row * 17) % 45)}%` }} />
      ))}
    </div>
  )
}
