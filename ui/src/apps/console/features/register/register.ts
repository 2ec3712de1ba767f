import { computed, nextTick, ref, watch } from 'vue'
import { api, must, useClientId, type Schemas } from '@/shared/api/client'
import { errorText, fieldError } from '@/shared/i18n/words'
import { categories } from '@/shared/lib/directory'
import { useDraft } from '@/shared/lib/drafts'
import { focusFirstError } from '@/shared/lib/form'
import { latest } from '@/shared/lib/latest'
import { useCommand } from '@/shared/lib/resource'

export type Body = Schemas['RegisterBody']
export type Reporter = Required<Schemas['ReporterBody']>
export type Kind = Schemas['CaseKind']
export type Channel = Schemas['Channel']

export interface Draft {
  kind: Kind
  channel: Channel
  title: string
  detail: string
  urgency: Schemas['Urgency'] | ''
  confidentiality: Schemas['Confidentiality'] | ''
  category: string
  form: Record<string, unknown>
  place: Schemas['PlaceBody']
  reporters: Reporter[]
  heads: string
  anonymous: boolean
  reported_unit: string[]
  /** For a whistle: who whistles, and who is needed. */
  whistling_unit: string[]
  units_needed: string[]
}

export const TITLE_LENGTH = 40

export const emptyReporter = (): Reporter => ({ name: '', phone: '', document: '', address: '', confidential: false, anonymous: false })

export function emptyDraft(channel: Channel): Draft {
  return { kind: 'request', channel, title: '', detail: '', urgency: '', confidentiality: '', category: '', form: {}, place: { text: '' }, reporters: [emptyReporter()], heads: '', anonymous: false, reported_unit: [], whistling_unit: [], units_needed: [] }
}

/** The first sentence of the matter, for who has no time to think of a title. */
export function titleOf(detail: string): string {
  const first = detail.trim().split(/[。！？!?\n]/)[0]?.trim() ?? ''
  return first.length > TITLE_LENGTH ? `${first.slice(0, TITLE_LENGTH - 1)}…` : first
}

const filled = (r: Reporter) => Boolean(r.name.trim() || r.phone.trim() || r.document.trim() || r.address.trim())

/** A number of people as it is written at a window; nothing when it is none. */
export function headsOf(text: string): number | undefined {
  const n = Number.parseInt(text, 10)
  return /^\d{1,5}$/.test(text.trim()) && n > 0 ? n : undefined
}

/** What goes over the wire: blanks left out, the title made from the matter when nobody wrote one. */
export function bodyFor(d: Draft): Body {
  const reporters = d.anonymous ? [] : d.reporters.filter(filled).map((r) => ({ ...r, name: r.name.trim(), phone: r.phone.replace(/[\s-]/g, ''), document: r.document.trim(), address: r.address.trim() }))
  const place = d.place.text?.trim() || d.place.area_id || d.place.lon != null ? { ...d.place, text: d.place.text?.trim() ?? '' } : undefined
  return {
    kind: d.kind,
    channel: d.channel,
    title: d.title.trim() || titleOf(d.detail),
    detail: d.detail.trim(),
    urgency: d.urgency || undefined,
    confidentiality: d.confidentiality || undefined,
    category: d.category || undefined,
    form: d.form as Body['form'],
    place,
    reporters,
    head_count: headsOf(d.heads),
    reported_unit: d.reported_unit[0],
    ...(d.kind === 'whistle' ? { whistling_unit: d.whistling_unit[0], units_needed: d.units_needed } : {}),
  }
}

/** What is missing before it is worth sending. */
export function check(d: Draft): Record<string, string> {
  const bad: Record<string, string> = {}
  if (!d.title.trim() && !d.detail.trim()) bad.detail = 'field.required'
  if (!d.anonymous && !d.reporters.some(filled)) bad.reporter = 'register.reporter_or_anonymous'
  if (d.kind === 'whistle' && !d.units_needed.length) bad.units_needed = 'field.required'
  if (d.heads.trim() && headsOf(d.heads) === undefined) bad.head_count = 'field.number'
  return bad
}

export function useRegister(channel: Channel) {
  const draft = ref<Draft>(emptyDraft(channel))
  const fresh = JSON.stringify(draft.value)
  const kept = useDraft(`register.${channel}`, draft, (v) => JSON.stringify({ ...v, kind: 'request', channel }) === fresh)
  const { busy, problem, run } = useCommand()
  const id = useClientId()
  const bad = ref<Record<string, string>>({})
  const done = ref<Schemas['Registered']>()
  const form = ref<HTMLFormElement>()

  const errorOf = (field: string) => (bad.value[field] ? errorText(bad.value[field]!) : fieldError(problem.value, field))

  async function send() {
    if (busy.value) return
    bad.value = check(draft.value)
    if (!Object.keys(bad.value).length && form.value?.checkValidity() !== false) {
      const body = bodyFor(draft.value)
      const answer = await run(() => must(api.POST('/api/v1/cases', { params: { header: { 'Idempotency-Key': id.for(body) } }, body })))
      if (answer) {
        id.done()
        kept.discard()
        done.value = answer
        return
      }
    }
    await nextTick()
    focusFirstError(form.value)
  }

  async function next() {
    draft.value = emptyDraft(channel)
    kept.discard()
    bad.value = {}
    problem.value = undefined
    done.value = undefined
    await nextTick()
    form.value?.querySelector<HTMLElement>('input:not([type="radio"]), textarea')?.focus()
  }

  return { draft, kept, busy, problem, errorOf, send, next, done, form }
}

/** What the rules say of a matter like this: its limits and the unit it would go to. */
export function usePreview(draft: { value: Draft }) {
  const preview = ref<Schemas['DeadlinePreview']>()
  const ask = latest(async (question: string, alive: () => boolean) => {
    const body = JSON.parse(question) as Schemas['DeadlineQuestion'] & { urgency: Schemas['Urgency'] | '' }
    if (!body.category) return (preview.value = undefined)
    const own = (await categories()).find((c) => c.code === body.category)?.urgency
    const answer = await must(api.POST('/api/v1/deadline-preview', { body: { ...body, urgency: body.urgency || own || 'ordinary' } })).catch(() => undefined)
    if (alive()) preview.value = answer
  }, 300)
  const question = computed(() => {
    const d = draft.value
    return JSON.stringify({ category: d.category || undefined, urgency: d.urgency, kind: d.kind, channel: d.channel, area_id: d.place.area_id || undefined, reported_unit: d.reported_unit[0] })
  })
  watch(question, ask)
  return preview
}
