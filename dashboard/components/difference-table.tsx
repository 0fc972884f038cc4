/** What two versions of a thing say about one of its parts; null where one of them says nothing. */
export type Difference = { what: string; before: string | null; after: string | null }

type Props = { caption: string; heads: readonly [string, string]; differences: readonly Difference[] }

/** Two versions side by side, only where they differ. */
export function DifferenceTable({ caption, heads, differences }: Props) {
  if (differences.length === 0) return <p className="p-4 text-text-2">They say the same.</p>
  return (
    <div className="relative overflow-x-auto">
      <table className="w-full">
        <caption className="sr-only">{caption}</caption>
        <thead className="bg-sunken text-left text-caption text-text-2">
          <tr className="border-b border-border">
            <th scope="col" className="h-8 pl-4 pr-3 font-medium">
              What
            </th>
            {heads.map((head) => (
              <th key={head} scope="col" className="px-3 font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differences.map(({ what, before, after }) => (
            <tr key={what} className="border-b border-border align-top last:border-b-0">
              <th scope="row" className="py-2 pl-4 pr-3 text-left font-normal">
                {what}
              </th>
              <td className="numeral px-3 py-2 text-text-2">{before || '–'}</td>
              <td className="numeral px-3 py-2 font-medium">{after || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
