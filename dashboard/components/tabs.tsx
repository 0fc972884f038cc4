import Link from 'next/link'

type Tab = { label: string; href: string; here: boolean }

/** Tabs that are pages: each has its address. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav aria-label={label} className="-mx-6 overflow-x-auto border-b border-border px-6 max-md:-mx-4 max-md:px-4">
      <ul className="flex gap-4">
        {tabs.map(({ label: name, href, here }) => (
          <li key={name}>
            <Link
              href={href}
              aria-current={here ? 'page' : undefined}
              className={`inline-flex h-10 items-center whitespace-nowrap border-b-2 max-md:h-11 ${here ? 'border-ink font-medium' : 'border-transparent text-text-2 hover:text-text'}`}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
