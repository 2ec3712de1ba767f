import type { LocationQuery } from 'vue-router'
import type { paths } from '@/api/generated'

/** The filters of a list, as the API takes them and as they stand in the address. */
export type Filters = NonNullable<paths['/api/v1/cases']['get']['parameters']['query']>
export type FilterName = Exclude<keyof Filters, 'cursor' | 'limit' | 'desk'>

export const FILTER_NAMES: readonly FilterName[] = ['part', 'q', 'open', 'state', 'due', 'kind', 'channel', 'urgency', 'category', 'town', 'village', 'grid', 'unit', 'from', 'to', 'phone4']

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

export interface SavedView {
  name: string
  filters: Filters
}

const key = (list: string) => `onedoor.views.${list}`

/** The views a person saved for a list, in this browser. */
export function savedViews(list: string): SavedView[] {
  try {
    const kept = JSON.parse(localStorage.getItem(key(list)) ?? '[]') as SavedView[]
    return Array.isArray(kept) ? kept : []
  } catch {
    return []
  }
}

export function saveViews(list: string, views: SavedView[]) {
  localStorage.setItem(key(list), JSON.stringify(views))
}
