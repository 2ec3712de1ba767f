import { computed, ref } from 'vue'
import { api, must, useClientId, type Schemas } from '../api/client'
import { asProblem } from '../api/problem'
import { word } from '../i18n'
import { errorText, problemText } from '../i18n/words'
import { bodyOf, fromCase, isBlank, missing, startValues, type Action, type Field, type Values } from './actionValues'
import type { CaseRow } from './find'

type Page = Schemas['CasePage']

/** A deed that is safe to do to several: what is asked once for all of them, and what each case says itself. */
export interface Deed {
  action: string
  ask: string[]
  /** Fields that must be filled beyond those the server calls required. */
  needs?: string[]
  from?: (page: Page, fields: Field[]) => Values
}

export const DEEDS: Record<string, Deed> = {
  sign: { action: 'sign', ask: [] },
  assign_handler: { action: 'assign_handler', ask: ['account'] },
  /** Only by the rule: another unit is chosen case by case, with its reason. */
  dispatch: { action: 'dispatch', ask: [], needs: ['host'], from: (page) => (page.proposed_route?.unit ? { host: page.proposed_route.unit.id } : {}) },
  /** Only what carries everything already: what is missing is filled in by who looks at the case. */
  verify: { action: 'verify', ask: [], needs: ['category', 'place'], from: (page, fields) => fromCase(page.case, fields) },
  remind: { action: 'remind', ask: ['note'] },
}

export type Standing = 'waiting' | 'ready' | 'refused' | 'running' | 'done' | 'failed'

/** One row of a bulk command: its own command, its own id, its own outcome. */
export interface Line {
  row: CaseRow
  standing: Standing
  /** Why not, in plain words. */
  why?: string
  page?: Page
  fields: Field[]
  client: ReturnType<typeof useClientId>
}

const AT_ONCE = 4

/** Runs a deed over rows: first each case says whether it may be done, then each gets its own command. */
export function useBulk(rows: CaseRow[], deed: Deed) {
  const lines = ref<Line[]>(rows.map((row) => ({ row, standing: 'waiting', fields: [], client: useClientId() })))
  const phase = ref<'checking' | 'asking' | 'running' | 'ended'>('checking')
  const stopped = ref(false)
  const values = ref<Values>({})
  const count = (...of: Standing[]) => lines.value.filter((l) => of.includes(l.standing)).length
  const asked = computed<Field[]>(() => (lines.value.find((l) => l.standing === 'ready')?.fields ?? []).filter((f) => deed.ask.includes(f.name)))

  async function check() {
    const queue = [...lines.value]
    const worker = async () => {
      for (let line = queue.shift(); line && !stopped.value; line = queue.shift()) await checkOne(line, deed)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    values.value = startValues(asked.value)
    phase.value = 'asking'
  }

  /** One after the other, so that stopping stops. What failed for lack of an answer is sent again under the same id. */
  async function run() {
    phase.value = 'running'
    stopped.value = false
    for (const line of lines.value) {
      if (stopped.value) break
      if (line.standing === 'ready' || line.standing === 'failed') await runOne(line, deed, values.value)
    }
    phase.value = 'ended'
  }
  return { lines, phase, values, asked, count, check, run, stop: () => (stopped.value = true), stopped }
}

async function checkOne(line: Line, deed: Deed) {
  try {
    line.page = await must(api.GET('/api/v1/cases/{id}', { params: { path: { id: line.row.id } } }))
  } catch (e) {
    Object.assign(line, { standing: 'refused', why: problemText(asProblem(e)) })
    return
  }
  const found = line.page.actions.find((a) => a.action === deed.action)
  const why = reason(line, deed, found)
  Object.assign(line, why ? { standing: 'refused', why } : { standing: 'ready', fields: found!.fields })
}

/** Why the deed cannot be done to this case now; nothing when it can. */
function reason(line: Line, deed: Deed, found: Action | undefined): string | undefined {
  if (line.page!.case.version !== line.row.version) return errorText('client.changed_meanwhile')
  if (!found) return errorText('case.wrong_state')
  if (!found.allowed) return errorText(found.refused_code ?? 'case.wrong_state')
  const own = startValues(found.fields, deed.from?.(line.page!, found.fields))
  const blank = [...new Set([...missing(found.fields, own), ...(deed.needs ?? []).filter((n) => isBlank(own[n]))])].filter((n) => !deed.ask.includes(n))
  return blank.length ? errorText('client.lacks', { fields: blank.map((n) => word('field', n)).join('、') }) : undefined
}

async function runOne(line: Line, deed: Deed, values: Values) {
  line.standing = 'running'
  line.why = undefined
  const own = startValues(line.fields, { ...deed.from?.(line.page!, line.fields), ...values })
  const body = { version: line.row.version, ...bodyOf(line.fields, own) }
  try {
    await must(
      api.POST('/api/v1/cases/{id}/actions/{action}', {
        params: { path: { id: line.row.id, action: deed.action }, header: { 'Idempotency-Key': line.client.for(body) } },
        body: body as Schemas['ActionBody'],
      }),
    )
    line.standing = 'done'
  } catch (e) {
    const problem = asProblem(e)
    const lost = problem.status === 0 || problem.status >= 500
    const fields = problem.fields.map((f) => `${word('field', f.field)}：${errorText(f.code, problem.extra)}`)
    Object.assign(line, { standing: lost ? 'failed' : 'refused', why: fields.length ? fields.join(' ') : problemText(problem) })
  }
}
