/** Days of the calendar as people write them: always 2026-11-22, in either language. */
import { addDays, wall } from './time'

export interface MonthDay {
  date: string
  day: number
  weekend: boolean
}

const two = (n: number) => String(n).padStart(2, '0')
const lengthOf = (year: number, month: number) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate()

/** The weeks of a month, Monday first, with holes where other months' days stand. `month` counts from 0. */
export function monthGrid(year: number, month: number): (MonthDay | undefined)[][] {
  const length = lengthOf(year, month)
  const first = (new Date(Date.UTC(year, month, 1)).getUTCDay() + 6) % 7
  const cells: (MonthDay | undefined)[] = Array.from({ length: first }, () => undefined)
  for (let d = 1; d <= length; d += 1) cells.push({ date: `${year}-${two(month + 1)}-${two(d)}`, day: d, weekend: (first + d - 1) % 7 >= 5 })
  while (cells.length % 7) cells.push(undefined)
  return Array.from({ length: cells.length / 7 }, (_, w) => cells.slice(w * 7, w * 7 + 7))
}

/** A day as somebody typed it (2026-11-22, 2026/11/2, 20261122, 11-22 of this year); nothing when there is no such day. */
export function parseDay(text: string, now: number): string | undefined {
  const tidy = text.trim().replace(/[/.年月]/g, '-').replace(/日$/, '')
  const m = /^(?:(\d{4})-)?(\d{1,2})-(\d{1,2})$/.exec(tidy) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(tidy)
  if (!m) return undefined
  const [year, month, date] = [Number(m[1] ?? wall(now).year), Number(m[2]), Number(m[3])]
  if (year < 1900 || year > 2199 || month < 1 || month > 12 || date < 1 || date > lengthOf(year, month - 1)) return undefined
  return `${year}-${two(month)}-${two(date)}`
}

/** A moment as somebody typed it: a day and a time; a day alone is meant until its end of business. */
export function parseMoment(text: string, now: number, usual = '18:00'): string | undefined {
  const [date = '', time, more] = text.trim().replace('：', ':').split(/[T\s]+/)
  const on = parseDay(date, now)
  if (!on || more) return undefined
  if (!time) return `${on} ${usual}`
  const m = /^(\d{1,2}):(\d{2})$/.exec(time)
  if (!m || Number(m[1]) > 23 || Number(m[2]) > 59) return undefined
  return `${on} ${two(Number(m[1]))}:${m[2]}`
}

/** The same date in another month; a month too short for it gives its last day. */
export function addMonths(from: string, n: number): string {
  const [year, month, date] = from.split('-').map(Number) as [number, number, number]
  const at = new Date(Date.UTC(year, month - 1 + n, 1))
  const length = lengthOf(at.getUTCFullYear(), at.getUTCMonth())
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(Math.min(date, length))}`
}

/** Where a key moves to in a calendar; nothing for any other key. */
export function moveDay(from: string, key: string, shift: boolean): string | undefined {
  const weekday = (new Date(`${from}T00:00:00Z`).getUTCDay() + 6) % 7
  const steps: Record<string, () => string> = {
    ArrowLeft: () => addDays(from, -1),
    ArrowRight: () => addDays(from, 1),
    ArrowUp: () => addDays(from, -7),
    ArrowDown: () => addDays(from, 7),
    Home: () => addDays(from, -weekday),
    End: () => addDays(from, 6 - weekday),
    PageUp: () => addMonths(from, shift ? -12 : -1),
    PageDown: () => addMonths(from, shift ? 12 : 1),
  }
  return steps[key]?.()
}

/** Whether a day is worked: what the county's calendar lists, otherwise Monday to Friday. */
export function isWorked(d: MonthDay, listed: Map<string, 'holiday' | 'makeup_workday'>): boolean {
  const kind = listed.get(d.date)
  return kind ? kind === 'makeup_workday' : !d.weekend
}
