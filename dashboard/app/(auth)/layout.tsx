import type { ReactNode } from 'react'
import { Providers } from '@/features/session/providers'

export default function AuthLayout({ children }: { children: ReactNode }) {
  return <Providers>{children}</Providers>
}
