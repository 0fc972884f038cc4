import { CopyButton } from './copy'

/** Code or JSON with a way to copy it; `copied` when what is shown hides a part. */
export function CodeBlock({ code, copied, what = 'code' }: { code: string; copied?: string; what?: string }) {
  return (
    <div className="relative rounded-control border border-border bg-sunken">
      <div className="absolute right-1 top-1 rounded-control bg-sunken">
        <CopyButton text={copied ?? code} what={what} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre tabIndex={0} className="code overflow-x-auto whitespace-pre p-3 pr-10">
        {code}
      </pre>
    </div>
  )
}
