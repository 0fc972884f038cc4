import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import './tokens.css'

export const metadata: Metadata = {
  title: { template: '%s · UsageFlow', default: 'UsageFlow' },
  robots: { index: false },
}

/** Sets what the reader fixed before the first paint. */
const FIRST_PAINT = `try{for(const k of ['theme','density','shortcuts','sidebar']){const v=localStorage.getItem('uf-'+k);if(v)document.documentElement.dataset[k]=v}}catch{}`

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant, with the nonce of this answer */}
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: FIRST_PAINT }} />
        {children}
      </body>
    </html>
  )
}
