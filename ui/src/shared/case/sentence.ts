import type { Schemas } from '../api/client'
import { language, listed, t, te, word } from '../i18n'
import { dayTime } from '../lib/time'

type Entry = Schemas['TimelineEntry']

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/
/** Parameters that are words of the locale files, by the group they belong to. */
const GROUPS: Record<string, string | string[]> = {
  kind: 'kind',
  channel: ['channel', 'option.channel'],
  urgency: 'urgency',
  confidentiality: 'confidentiality',
  resolution_class: 'resolution_class',
  state: 'state',
  from: 'state',
  ended_as: 'ended_as',
  clock: 'clock',
  clock_kind: 'clock',
  level: 'card',
  card: 'card',
  part: 'part',
  result: 'option.result',
  resolved: 'option.resolved',
  satisfaction: 'option.satisfaction',
  told_by: 'option.told_by',
  legal_reason: 'option.legal_reason',
  service: 'option.service',
  basis: 'option.basis',
  link: 'option.kind_of_link',
}

function show(name: string, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return listed(value.map((v) => show(name, v)))
  if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no')
  if (typeof value === 'object') {
    const o = value as Record<string, unknown>
    return String((language.value === 'en' ? o.en : o.zh) ?? o.name ?? o.number ?? '')
  }
  const text = String(value)
  if (INSTANT.test(text)) return dayTime(text)
  const groups = GROUPS[name]
  if (!groups) return text
  const group = [groups].flat().find((g) => te(`${g}.${text}`))
  if (!group) return text
  const said = t(`${group}.${text}`)
  // In brackets amid a sentence English begins small.
  return name === 'told_by' && language.value === 'en' ? said.charAt(0).toLowerCase() + said.slice(1) : said
}

/** Who did it: the unit's and the person's name, the system, or the person who reported. */
export function who(e: Pick<Entry, 'by' | 'unit_name' | 'actor_name'>): string {
  if (e.by === 'system') return t('timeline_by.system')
  if (e.by === 'citizen') return t('timeline_by.citizen')
  return (language.value === 'en' ? [e.actor_name, e.unit_name && `(${e.unit_name})`] : [e.unit_name, e.actor_name]).filter(Boolean).join(' ')
}

/** One event as a plain sentence: who did what. An event this version does not know is named by its action or its type. */
export function sentence(e: Pick<Entry, 'kind' | 'params' | 'by' | 'unit_name' | 'actor_name'>): string {
  const params = { ...Object.fromEntries(Object.entries(e.params).map(([k, v]) => [k, show(k, v)])), who: who(e) }
  const key = `timeline.${e.kind}`
  // What an event does not tell leaves no empty brackets and no loose comma behind.
  if (te(key)) return t(key, params).replace(/[（(]\s*[）)]/g, '').replace(/：\s*，\s*/g, '：').replace(/:\s*,\s*/g, ': ').replace(/\s+([，。；、])/g, '$1').replace(/[：:，,\s]+$/, '').trim()
  const action = `action.${e.kind.split('.').pop() ?? ''}`
  return te(action) ? t(action) : word('event', e.kind)
}

/** Texts that stand at the top of the page: the story repeats them only where they were changed. */
const STANDING = new Set(['title', 'detail', 'place'])

/** The texts to show under each event, by its id: what was said then, without what had been said before. */
export function textsThatAreNew(entries: Pick<Entry, 'id' | 'texts'>[]): Map<string, [string, string][]> {
  const last = new Map<string, string>()
  return new Map(
    entries.map((e) => {
      const fresh = Object.entries(e.texts).filter(([name, text]) => {
        if (!STANDING.has(name)) return Boolean(text.trim())
        const before = last.get(name)
        last.set(name, text)
        return before !== undefined && before !== text && Boolean(text.trim())
      })
      return [e.id, fresh] as const
    }),
  )
}
