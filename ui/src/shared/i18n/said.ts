import { language, t } from '.'
import { useNow } from '../lib/now'
import { printing } from '../lib/printing'
import type { TimeUnit } from '../lib/promise'
import { addDays, day, dayTime, wall, type Instant } from '../lib/time'

const months = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' })

const monthName = (month: string) => months.format(new Date(Date.UTC(2000, Number(month) - 1, 1))).slice(0, 3)

/** A day (`2026-11-22`) or a month (`2026-11`) as one says it: 11月22日, 22 Nov; a month with its year. */
export function saidDate(name: string): string {
  const [year = '', month = '', date] = name.split('-')
  if (language.value === 'en') return date ? `${Number(date)} ${monthName(month)}` : `${monthName(month)} ${year}`
  return date ? `${Number(month)}月${Number(date)}日` : `${year}年${Number(month)}月`
}

/** A day of any year as one says it: its year is told when it is not this one. As it is written on paper. */
export function saidDay(name: string, now: Instant): string {
  const [year = '', month = '', date = ''] = name.split('-')
  if (printing.value || !date) return name
  if (year === wall(now).year) return saidDate(name)
  return language.value === 'en' ? `${saidDate(name)} ${year}` : `${year}年${Number(month)}月${Number(date)}日`
}

/** A moment as one says it: today 09:05, tomorrow 09:05, 20 Nov 09:05; the year only when it is another one. In full on paper. */
export function said(at: Instant, now: Instant): string {
  if (printing.value) return dayTime(at)
  const a = wall(at)
  const on = day(at)
  const today = day(now)
  const time = `${a.hour}:${a.minute}`
  for (const [word, by] of [['today', 0], ['yesterday', -1], ['tomorrow', 1]] as const) if (on === addDays(today, by)) return t(`time.${word}`, { time })
  const date = language.value === 'en' ? `${Number(a.day)} ${monthName(a.month)}` : `${Number(a.month)}月${Number(a.day)}日`
  if (a.year === wall(now).year) return `${date} ${time}`
  return language.value === 'en' ? `${date} ${a.year}` : `${a.year}年${date}`
}

/** A moment that stands alone: it begins like a sentence. */
export const saidAlone = (at: Instant, now: Instant): string => said(at, now).replace(/^[a-z]/, (c) => c.toUpperCase())

/** Moments as one says them, renewed as time goes on. */
export function useSaid(): (at: Instant) => string {
  const now = useNow()
  return (at) => said(at, now.value)
}

/** How long something is late; 0 while no working time has passed since it was due. */
export const overText = (unit: TimeUnit, amount: number): string => (amount < 1 ? t('promise.just_over') : t('promise.over', { span: spanText(unit, amount) }))

/** A span as one says it: 4 working days, 5 h 30 min. */
export function spanText(unit: TimeUnit, amount: number): string {
  const minutes = unit === 'working_minutes' || unit === 'minutes'
  if (!minutes || amount < 60) return t(`span.${unit}`, { n: amount }, amount)
  const [h, m] = [Math.floor(amount / 60), amount % 60]
  const hours = unit === 'minutes' ? 'hours' : 'working_hours'
  return m ? t(`span.${hours}_minutes`, { h, m }) : t(`span.${hours}`, { n: h }, h)
}
