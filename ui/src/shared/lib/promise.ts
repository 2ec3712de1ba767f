import type { Schemas } from '../api/client'
import { over as overBy, type Over } from './time'

export type Promise = Schemas['Promise']
export type Tone = Schemas['ClockTone']
export type TimeUnit = Schemas['TimeUnit']

export interface Clock {
  tone: Tone
  /** What is left; with a late clock how long it is over, as the server counted it in the unit of the rule. */
  left?: { amount: number; unit: TimeUnit }
  /** How long it is over by the calendar, where the server has not counted it yet: the due passed on an open page. */
  over?: Over
  /** The share of the clock that is left, 1 to 0. */
  share: number
}

/** An answer older than this no longer knows how much working time is left. */
const STALE_MS = 10 * 60_000

type Facts = Pick<Promise, 'tone' | 'left' | 'share_left' | 'due_at' | 'started_at' | 'as_of'>

/**
 * The clock as it stands now. The server counts (it has the calendar); a page that stays open while the due
 * time passes must still turn red, so what is certain without a calendar is corrected here.
 */
export function clockNow(p: Facts, now: number): Clock {
  const share = Math.min(1, Math.max(0, p.share_left ?? (p.tone === 'late' ? 0 : 1)))
  const left = p.left ?? undefined
  if (p.tone === 'paused' || p.tone === 'ended' || !p.due_at) return { tone: p.tone, left, share }
  const over = now - new Date(p.due_at).getTime()
  // A browser whose clock is behind still shows what the server found late.
  if (p.tone === 'late' && left) return { tone: 'late', left, share: 0 }
  if (over > 0 || p.tone === 'late') return { tone: 'late', over: overBy(over), share: 0 }
  const age = now - new Date(p.as_of).getTime()
  if (age > STALE_MS && p.started_at) {
    // Wall time stands in for working time only to notice that a quarter is left.
    const whole = new Date(p.due_at).getTime() - new Date(p.started_at).getTime()
    const part = whole > 0 ? -over / whole : share
    return { tone: part <= 0.25 ? 'soon' : p.tone, left, share: Math.min(share, Math.max(0, part)) }
  }
  return { tone: p.tone, left, share }
}

/** The share of a clock that is left by the wall clock, for a bar whose share the server has not counted. */
export function shareLeft(startedAt: string, dueAt: string, now: number): number {
  const [from, to] = [new Date(startedAt).getTime(), new Date(dueAt).getTime()]
  return to > from ? Math.min(1, Math.max(0, (to - now) / (to - from))) : 0
}
