import { monthGrid } from '@/shared/lib/dates'
import type { CalendarDay } from './bodies'

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
