import type { Schemas } from '@/shared/api/client'
import { named } from '@/shared/i18n'

/*
 * The bodies of rule sets travel as free JSON (the rules crate checks them when they are published). These are
 * the parts that the console shows and edits; whatever else a body holds is kept as it is.
 */

export interface DeadlineRule {
  id: string
  /** What people call it, in Chinese and in English; its id where there is none. */
  title?: string
  title_en?: string
  note?: string
  priority?: number
  category?: string
  urgency?: Schemas['Urgency']
  kind?: Schemas['CaseKind']
  channel?: Schemas['Channel']
  class?: Schemas['ResolutionClass']
  limits: Record<string, string>
  extension?: { most: string; times: number }
}

export interface Deadlines {
  rules: DeadlineRule[]
}

export interface RoutingRule {
  id: string
  title?: string
  title_en?: string
  note?: string
  priority?: number
  category?: string
  area?: string
  channel?: Schemas['Channel']
  target: string
}

export interface Routing {
  departments?: Record<string, string>
  rules: RoutingRule[]
}

export interface CatalogueEntry {
  code: string
  zh: string
  en: string
  keywords?: string[]
  urgency?: Schemas['Urgency']
  village?: boolean
  kind?: Schemas['CaseKind']
  fields?: string[]
}

export interface CatalogueField {
  kind: string
  zh: string
  en: string
}

export interface CatalogueBody {
  fields?: Record<string, CatalogueField>
  categories: CatalogueEntry[]
}

export interface CalendarDay {
  date: string
  type: 'holiday' | 'makeup_workday'
  name: string
}

export interface CalendarBody {
  days: CalendarDay[]
  /** Years whose days are not yet those of the State Council's notice. */
  provisional?: number[]
}

/** What people call a rule. */
export const ruleName = (r: { id: string; title?: string; title_en?: string }) => named({ zh: r.title, en: r.title_en }) || r.id

export const CLOCKS = ['verify', 'dispatch', 'sign', 'arrive', 'resolve', 'review', 'callback', 'return_decision', 'extension_decision', 'suspension_review', 'whistle_review', 'whistle_arrival', 'supervision_reply'] as const

const LIMIT = /^(\d{1,4})(wd|wh|cd|h)$/

/** A limit such as `5wd` in parts; nothing when it is none. */
export function parseLimit(text: string): { n: number; unit: 'wd' | 'wh' | 'cd' | 'h' } | undefined {
  const m = LIMIT.exec(text.trim())
  return m && Number(m[1]) > 0 ? { n: Number(m[1]), unit: m[2] as 'wd' | 'wh' | 'cd' | 'h' } : undefined
}

/** An empty text leaves the key out, so that a body does not fill with blanks. */
export function put<T extends object, K extends keyof T>(o: T, key: K, value: T[K] | '' | undefined) {
  if (value === '' || value === undefined) delete o[key]
  else o[key] = value
}
