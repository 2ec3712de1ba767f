import type { LocationQuery } from 'vue-router'
import type { paths } from '@/api/generated'

/** The filters of a list, as the API takes them and as they stand in the address. */
export type Filters = NonNullable<paths['/api/v1/cases']['get']['parameters']['query']>
export type FilterName = Exclude<keyof Filters, 'cursor' | 'limit' | 'desk'>

export const FILTER_NAMES: readonly FilterName[] = ['part', 'q', 'open', 'state', 'due', 'kind', 'channel', 'urgency', 'category', 'town', 'village', 'grid', 'unit', 'owner', 'counted', 'from', 'to', 'phone4']

export const KINDS = ['request', 'complaint', 'inquiry', 'suggestion', 'hazard', 'dispute', 'wrongdoing_report', 'whistle'] as const
export const CHANNELS = ['window', 'hotline', 'duty_office', 'grid_worker', 'portal', 'one_code', 'partner', 'sensor', 'leader_reception'] as const
export const URGENCIES = ['emergency', 'urgent', 'ordinary', 'hard'] as const
export const STATES = ['received', 'verified', 'dispatched', 'signed', 'in_progress', 'replied', 'under_review', 'callback', 'answered', 'not_accepted', 'transferred_emergency', 'closed', 'archived', 'merged', 'withdrawn'] as const

/** Reads the filters that stand in an address; anything else is left alone. */
export function readFilters(query: LocationQuery): Filters {
  const out: Record<string, unknown> = {}
  for (const name of FILTER_NAMES) {
    const v = query[name]
    if (typeof v !== 'string' || !v) continue
    if (name === 'open') out.open = v === 'true'
    else out[name] = v
  }
  return out as Filters
}

/** The filters as an address says them; empty ones are left out. */
export function writeFilters(f: Filters): Record<string, string> {
  const out: Record<string, string> = {}
  for (const name of FILTER_NAMES) {
    const v = f[name]
    if (v !== undefined && v !== null && v !== '') out[name] = String(v)
  }
  return out
}

export const sameFilters = (a: Filters, b: Filters) => JSON.stringify(Object.entries(writeFilters(a)).sort()) === JSON.stringify(Object.entries(writeFilters(b)).sort())

/** Views that every list of a kind has, named in the locale files (`view.preset_{name}`). */
export const PRESETS: Record<'all' | 'desk', { name: string; filters: Filters }[]> = {
  all: [
    { name: 'open', filters: { open: true } },
    { name: 'today', filters: { due: 'today' } },
    { name: 'soon', filters: { due: 'soon' } },
    { name: 'late', filters: { due: 'late' } },
    { name: 'emergency', filters: { open: true, urgency: 'emergency' } },
  ],
  desk: [
    { name: 'today', filters: { due: 'today' } },
    { name: 'late', filters: { due: 'late' } },
    { name: 'emergency', filters: { urgency: 'emergency' } },
  ],
}

/** The rest of an address, which a list must leave as it is. */
export const otherQuery = (query: LocationQuery): LocationQuery => Object.fromEntries(Object.entries(query).filter(([name]) => !(FILTER_NAMES as readonly string[]).includes(name)))
