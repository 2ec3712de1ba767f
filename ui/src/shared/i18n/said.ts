import { language, t } from '.'
import { useNow } from '../lib/now'
import { printing } from '../lib/printing'
import { addDays, day, dayTime, wall, type Instant } from '../lib/time'

const months = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' })

/** A moment as one says it: today 09:05, tomorrow 09:05, 20 Nov 09:05; the year only when it is another one. In full on paper. */
export function said(at: Instant, now: Instant): string {
  if (printing.value) return dayTime(at)
  const a = wall(at)
  const on = day(at)
  const today = day(now)
  const time = `${a.hour}:${a.minute}`
  for (const [word, by] of [['today', 0], ['yesterday', -1], ['tomorrow', 1]] as const) if (on === addDays(today, by)) return t(`time.${word}`, { time })
  const date = language.value === 'en' ? `${Number(a.day)} ${months.format(new Date(Date.UTC(2000, Number(a.month) - 1, 1)))}` : `${Number(a.month)}月${Number(a.day)}日`
  if (a.year === wall(now).year) return `${date} ${time}`
  return language.value === 'en' ? `${date} ${a.year}` : `${a.year}年${date}`
}

/** Moments as one says them, renewed as time goes on. */
export function useSaid(): (at: Instant) => string {
  const now = useNow()
  return (at) => said(at, now.value)
}
