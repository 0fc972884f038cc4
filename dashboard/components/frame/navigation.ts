import type { LucideIcon } from 'lucide-react'
import {
  Activity,
  ChartColumn,
  FileText,
  Gauge,
  House,
  KeyRound,
  RefreshCw,
  Rocket,
  ScrollText,
  Settings,
  Tags,
  UserRound,
  Users,
  Webhook,
} from 'lucide-react'

export type Entry = { label: string; href: string; icon: LucideIcon; scope?: string }
export type Section = { title: string | null; entries: readonly Entry[] }

/** The sidebar, in its fixed order. A page that joins is added here; a section nobody in the role may read is absent. */
export const NAVIGATION: readonly Section[] = [
  {
    title: null,
    entries: [
      { label: 'Get started', href: '/get-started', icon: Rocket },
      { label: 'Overview', href: '', icon: House },
    ],
  },
  {
    title: 'Usage',
    entries: [
      { label: 'Usage', href: '/usage', icon: ChartColumn, scope: 'usage:read' },
      { label: 'Events', href: '/events', icon: Activity, scope: 'events:read' },
    ],
  },
  {
    title: 'Catalog',
    entries: [
      { label: 'Metrics', href: '/metrics', icon: Gauge, scope: 'metrics:read' },
      { label: 'Plans', href: '/plans', icon: Tags, scope: 'plans:read' },
    ],
  },
  {
    title: 'Billing',
    entries: [
      { label: 'Customers', href: '/customers', icon: Users, scope: 'customers:read' },
      { label: 'Subscriptions', href: '/subscriptions', icon: RefreshCw, scope: 'subscriptions:read' },
      { label: 'Invoices', href: '/invoices', icon: FileText, scope: 'invoices:read' },
    ],
  },
  {
    title: 'Developers',
    entries: [
      { label: 'Webhooks', href: '/webhooks', icon: Webhook, scope: 'webhooks:read' },
      { label: 'API keys', href: '/api-keys', icon: KeyRound, scope: 'keys:read' },
    ],
  },
  {
    title: 'Organization',
    entries: [
      { label: 'Members', href: '/members', icon: UserRound, scope: 'members:read' },
      { label: 'Audit log', href: '/audit-log', icon: ScrollText, scope: 'audit:read' },
      { label: 'Settings', href: '/settings', icon: Settings, scope: 'organization:read' },
    ],
  },
]
