import { shallowRef } from 'vue'
import { api, must, type Schemas } from '../api/client'
import { named } from '../i18n'
import type { Choice } from '../ui/choices'

export type Unit = Schemas['UnitView']
export type Area = Schemas['AreaView']
export type Category = Schemas['CategoryView']

/** Asks once and keeps the answer; a failed question is asked again the next time. */
function once<T>(ask: () => Promise<T>) {
  let kept: Promise<T> | undefined
  const get = () => (kept ??= ask().catch((e: unknown) => {
    kept = undefined
    throw e
  }))
  return { get, forget: () => (kept = undefined) }
}

const allUnits = once(async () => {
  const items: Unit[] = []
  let cursor: string | undefined
  do {
    const page = await must(api.GET('/api/v1/units', { params: { query: { cursor, limit: 500 } } }))
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
})

const allCategories = once(async () => (await must(api.GET('/api/v1/catalogue'))).categories)

/** What the county's calendar says of single days, and which years of it are not official yet; without it, weeks are taken as they are. */
const listedDays = once(async () => {
  const { body } = await must(api.GET('/api/v1/rule-sets/{kind}', { params: { path: { kind: 'calendar' } } }))
  const { days = [], provisional = [] } = body as { days?: { date: string; type: 'holiday' | 'makeup_workday' }[]; provisional?: number[] }
  return { listed: new Map(days.map((d) => [d.date, d.type])), provisional }
})

export const calendarDays = listedDays.get
export const units = allUnits.get
export const forgetUnits = allUnits.forget
export const categories = allCategories.get
export const forgetCategories = allCategories.forget

/** Forgets what another person was allowed to know. */
export function forgetDirectory() {
  allUnits.forget()
  allCategories.forget()
  listedDays.forget()
  areaNames.value = new Map()
}

export async function findUnits(q: string, limit: number): Promise<Unit[]> {
  const wanted = q.trim().toLowerCase()
  return (await units()).filter((u) => u.active && `${u.name} ${u.short_name} ${u.code}`.toLowerCase().includes(wanted)).slice(0, limit)
}

export async function findPlaces(q: string, limit: number): Promise<Area[]> {
  return (await must(api.GET('/api/v1/areas', { params: { query: { q, limit } } }))).items
}

export async function areasUnder(parent: string | undefined, level?: string): Promise<Area[]> {
  const items: Area[] = []
  let cursor: string | undefined
  do {
    const page = await must(api.GET('/api/v1/areas', { params: { query: { parent, level, cursor, limit: 500 } } }))
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return items
}

const areaNames = shallowRef(new Map<string, Area>())

/** One area by id, asked once. */
export async function area(id: string): Promise<Area> {
  const kept = areaNames.value.get(id)
  if (kept) return kept
  const found = await must(api.GET('/api/v1/areas/{id}', { params: { path: { id } } }))
  areaNames.value.set(id, found)
  return found
}

export const unitChoice = (u: Unit): Choice => ({ value: u.id, label: u.name, hint: u.short_name === u.name ? undefined : u.short_name, keywords: u.code })

/** The catalogue as choices: the path as hint, so that "垃圾" finds a leaf with its parent said. */
export function categoryChoices(all: Category[], leavesOnly = true): Choice[] {
  const byCode = new Map(all.map((c) => [c.code, c]))
  const parents = new Set(all.map((c) => c.parent).filter(Boolean))
  return all
    .filter((c) => !leavesOnly || !parents.has(c.code))
    .map((c) => ({
      value: c.code,
      label: named(c),
      hint: [c.parent ? named(byCode.get(c.parent)) : '', c.code].filter(Boolean).join(' · '),
      keywords: `${c.zh} ${c.en} ${c.keywords.join(' ')}`,
    }))
}
