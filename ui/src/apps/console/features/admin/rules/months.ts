import type { CalendarDay } from './bodies'

export interface MonthDay {
  date: string
  day: number
  weekend: boolean
}

const two = (n: number) => String(n).padStart(2, '0')

/** The weeks of a month, Monday first, with holes where other months' days stand. `month` counts from 0. */
export function monthGrid(year: number, month: number): (MonthDay | undefined)[][] {
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const first = (new Date(Date.UTC(year, month, 1)).getUTCDay() + 6) % 7
  const cells: (MonthDay | undefined)[] = Array.from({ length: first }, () => undefined)
  for (let d = 1; d <= length; d += 1) cells.push({ date: `${year}-${two(month + 1)}-${two(d)}`, day: d, weekend: (first + d - 1) % 7 >= 5 })
  while (cells.length % 7) cells.push(undefined)
  return Array.from({ length: cells.length / 7 }, (_, w) => cells.slice(w * 7, w * 7 + 7))
}

/** How many working days a year has, by the listed days and the week. */
export function countWorkdays(year: number, listed: Map<string, Pick<CalendarDay, 'type'>>): number {
  let n = 0
  for (let m = 0; m < 12; m += 1)
    for (const d of monthGrid(year, m).flat()) {
      if (!d) continue
      const kind = listed.get(d.date)?.type
      if (kind === 'makeup_workday' || (!kind && !d.weekend)) n += 1
    }
  return n
}
