import type { Schemas } from '../api/client'

export type Field = Schemas['Field']
export type Action = Schemas['ActionView']
export type Value = unknown
export type Values = Record<string, Value>

const YES = new Set(['yes', 'true'])
const NO = new Set(['no', 'false'])

/** A choice between yes and no is a boolean in the body. */
export const isYesNo = (f: Field) => f.options.length === 2 && f.options.some((o) => YES.has(o)) && f.options.some((o) => NO.has(o))

/** What one usually wants: the answer goes to review, the content person's case is closed. */
const YES_AT_FIRST = new Set(['submit', 'conclude'])

/** What stands in a field before anybody wrote: the descriptor's own, otherwise nothing of the right shape. */
export function emptyValue(f: Field): Value {
  switch (f.kind as string) {
    case 'units':
    case 'cases':
    case 'files':
      return []
    case 'place':
      return { text: '' }
    case 'form':
      return {}
    case 'boolean':
      return false
    default:
      if (isYesNo(f)) return f.required ? '' : f.options.find((o) => (YES_AT_FIRST.has(f.name) ? YES : NO).has(o))
      // A single option needs no choosing.
      return f.options.length === 1 && (f.required || f.kind !== 'choice') ? f.options[0] : ''
  }
}

export function startValues(fields: Field[], over: Values = {}): Values {
  return Object.fromEntries(fields.map((f) => [f.name, over[f.name] ?? emptyValue(f)]))
}

export function isBlank(v: Value): boolean {
  if (v === undefined || v === null) return true
  if (typeof v === 'string') return !v.trim()
  if (Array.isArray(v)) return v.length === 0
  if (typeof v === 'object') {
    const p = v as { text?: string; area_id?: string; lon?: number }
    return !p.text?.trim() && !p.area_id && p.lon === undefined
  }
  return false
}

/** The required fields nobody filled. */
export function missing(fields: Field[], values: Values): string[] {
  return fields.filter((f) => f.required && !['boolean', 'form'].includes(f.kind as string) && isBlank(values[f.name])).map((f) => f.name)
}

/** The body of the command: blanks are left out, numbers are numbers. */
export function bodyOf(fields: Field[], values: Values): Values {
  const body: Values = {}
  for (const f of fields) {
    const v = values[f.name]
    if ((f.kind as string) === 'form') {
      // What was taken out must not come back from what was answered before.
      body[f.name] = Object.fromEntries(Object.entries((v ?? {}) as Values).filter(([, x]) => x !== undefined && x !== ''))
      continue
    }
    if (isBlank(v)) continue
    if (isYesNo(f)) body[f.name] = v === true || YES.has(String(v))
    else if (f.kind === 'number' || (f.kind === 'choice' && f.name === 'satisfaction')) body[f.name] = Number(v)
    else if (typeof v === 'string') body[f.name] = v.trim()
    else body[f.name] = v
  }
  return body
}

/** What the case already says stands in the fields that ask for it: cleaning is checking, not typing. */
export function fromCase(c: Schemas['CaseDetail'], fields: Field[]): Values {
  const smallest = [...c.areas].sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level))[0]
  const known: Values = {
    kind: c.kind,
    form: { ...(c.form as Values | undefined) },
    category: c.category?.code,
    urgency: c.urgency,
    confidentiality: c.confidentiality,
    title: c.title ?? undefined,
    place: { text: c.place ?? '', area_id: smallest && smallest.level !== 'county' ? smallest.id : undefined, lon: c.lon ?? undefined, lat: c.lat ?? undefined },
    reported_unit: c.reported_unit?.id,
    reported_unit_id: c.reported_unit?.id,
  }
  // `kind` of another list (of a link) is not the kind of the case.
  return Object.fromEntries(fields.filter((f) => known[f.name] !== undefined && (!f.options.length || f.options.includes(String(known[f.name])))).map((f) => [f.name, known[f.name]]))
}

const LEVELS = ['county', 'town', 'village', 'grid']

/** Done by one press: nothing to fill in. */
export const isOneClick = (a: Action) => a.allowed && a.fields.length === 0

/** These mend the record; they do not bring the matter on, so they come last. */
const RECORDS = new Set(['note', 'correct', 'change_confidentiality', 'link', 'hold_legally', 'lift_hold'])

/** These end the matter before anybody handled it: never ahead of what brings it on. */
const ENDS = new Set(['answer', 'not_accept', 'transfer_emergency', 'merge', 'withdraw'])

/**
 * Allowed ones as the server ordered them: the likely one, calling units together, the rest, ending it, mending the record; refused ones apart.
 * `own`: the next step is one's own unit's; one does not begin by reminding oneself.
 */
export function sortActions(actions: Action[], own = false): { now: Action[]; refused: Action[] } {
  const now = actions.filter((a) => a.allowed)
  const rank = (a: Action) => (a.likely ? 0 : a.action === 'whistle' ? 1 : RECORDS.has(a.action) ? 4 : ENDS.has(a.action) || (own && a.action === 'remind') ? 3 : 2)
  return { now: [0, 1, 2, 3, 4].flatMap((n) => now.filter((a) => rank(a) === n)), refused: actions.filter((a) => !a.allowed) }
}
