/** The county's clock: every instant is shown in this zone, wherever the browser stands. */
export const ZONE = 'Asia/Shanghai'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export type Instant = string | number | Date

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
})

interface Wall {
  year: string
  month: string
  day: string
  hour: string
  minute: string
}

/** The wall clock of an instant in the county. */
export function wall(at: Instant): Wall {
  const out: Record<string, string> = {}
  for (const p of parts.formatToParts(new Date(at))) out[p.type] = p.value
  return out as unknown as Wall
}

/** 2026-11-22 */
export function day(at: Instant): string {
  const w = wall(at)
  return `${w.year}-${w.month}-${w.day}`
}

/** 2026-11-22 09:05 */
export function dayTime(at: Instant): string {
  const w = wall(at)
  return `${w.year}-${w.month}-${w.day} ${w.hour}:${w.minute}`
}

/** "2026-11-22 09:05:07", for records whose order matters. */
export function dayTimeSeconds(at: Instant): string {
  return `${dayTime(at)}:${String(new Date(at).getUTCSeconds()).padStart(2, '0')}`
}

/** The instant at which a county wall-clock time ("2026-11-22T09:05") stands. Shanghai keeps no summer time. */
export function fromWall(text: string): string | undefined {
  const m = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?$/.exec(text.trim())
  if (!m) return undefined
  const at = new Date(`${m[1]}T${m[2] ?? '00:00'}:00+08:00`)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** For an <input type="datetime-local">. */
export function toWall(at: Instant): string {
  return dayTime(at).replace(' ', 'T')
}

/** Shifts a county day ("2026-11-22") by whole days. */
export function addDays(from: string, n: number): string {
  return day(new Date(`${from}T12:00:00+08:00`).getTime() + n * DAY)
}

export interface Over {
  days: number
  hours: number
  /** Only when there is not yet an hour; never 0 then. */
  minutes: number
}

/** A length of time past a due, in days and hours of the calendar; never nothing. */
export function over(ms: number): Over {
  const past = Math.max(0, ms)
  const [days, hours] = [Math.floor(past / DAY), Math.floor((past % DAY) / HOUR)]
  return { days, hours, minutes: days || hours ? 0 : Math.max(1, Math.floor(past / MINUTE)) }
}
