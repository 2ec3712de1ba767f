import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { useBulk, DEEDS } from '@/shared/case/bulk'
import { exportColumns } from '@/shared/case/columns'
import type { CaseRow } from '@/shared/case/find'
import { otherQuery, readFilters, writeFilters } from '@/shared/case/filters'
import { toggleRange } from '@/shared/case/selection'
import { setLanguage } from '@/shared/i18n'
import { forgetPreferences, loadPreferences, preferences, setPreference } from '@/shared/lib/preferences'

interface Sent {
  method: string
  path: string
  id: string | null
  body: unknown
}

/** A server that answers by a function; what was sent is kept. */
function serve(answer: (sent: Sent, turn: number) => { status?: number; body?: unknown } | 'lost') {
  const sent: Sent[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    const one: Sent = { method: r.method, path: new URL(r.url).pathname, id: r.headers.get('Idempotency-Key'), body: r.method === 'GET' ? undefined : await r.clone().json() }
    sent.push(one)
    const a = answer(one, sent.length)
    if (a === 'lost') throw new TypeError('network')
    return new Response(JSON.stringify(a.body ?? {}), { status: a.status ?? 200, headers: { 'content-type': 'application/json' } })
  })
  return sent
}
afterEach(() => vi.unstubAllGlobals())
beforeAll(() => setLanguage('zh'))

describe('choosing rows', () => {
  const ids = ['a', 'b', 'c', 'd']
  it('turns one on and off, and keeps the order of the list', () => {
    expect(toggleRange(ids, ['c'], '', 'a')).toEqual(['a', 'c'])
    expect(toggleRange(ids, ['a', 'c'], '', 'c')).toEqual(['a'])
  })
  it('with shift takes everything between, in either direction', () => {
    expect(toggleRange(ids, ['a'], 'a', 'c')).toEqual(['a', 'b', 'c'])
    expect(toggleRange(ids, ['d'], 'd', 'b')).toEqual(['b', 'c', 'd'])
    expect(toggleRange(ids, [], 'gone', 'b')).toEqual(['b'])
  })
})

const row = (id: string, version = 3) => ({ id, number: `620521-20261122-000${id}`, title: `事项 ${id}`, version }) as unknown as CaseRow
const sign = { action: 'sign', allowed: true, likely: true, refused_code: null, fields: [{ name: 'handler', kind: 'account', required: false, options: [] }] }
const page = (id: string, over: { version?: number; actions?: unknown[]; route?: unknown; case?: object } = {}) => ({ case: { id, version: over.version ?? 3, areas: [], kind: 'request', urgency: 'ordinary', confidentiality: 'open', title: '路灯坏了', form: {}, ...over.case }, actions: over.actions ?? [sign], proposed_route: over.route })

describe('one deed for several cases', () => {
  it('asks each case first, and says in words why one cannot', async () => {
    const pages: Record<string, { status?: number; body?: unknown }> = {
      1: { body: page('1') },
      2: { body: page('2', { version: 4 }) },
      3: { body: page('3', { actions: [{ ...sign, allowed: false, refused_code: 'case.suspended' }] }) },
      4: { status: 404, body: { code: 'case.not_found' } },
    }
    const sent = serve(({ path }) => pages[path.split('/').pop()!]!)
    const bulk = useBulk(['1', '2', '3', '4'].map((id) => row(id)), DEEDS.sign!)
    await bulk.check()
    expect(bulk.lines.value.map((l) => l.standing)).toEqual(['ready', 'refused', 'refused', 'refused'])
    expect(bulk.lines.value[1]!.why).toContain('列表打开之后')
    for (const l of bulk.lines.value.slice(2)) expect(l.why).toMatch(/[\u4e00-\u9fff]/)
    expect(sent.every((s) => s.method === 'GET')).toBe(true)
  })

  it('sends each its own command with its own id and version, and names what was refused', async () => {
    const sent = serve(({ method, path }) => {
      if (method === 'GET') return { body: page(path.split('/').pop()!) }
      return path.includes('/2/') ? { status: 409, body: { code: 'version.conflict', current: {} } } : { body: { id: '1' } }
    })
    const bulk = useBulk([row('1'), row('2'), row('3', 3)], DEEDS.sign!)
    await bulk.check()
    await bulk.run()
    const commands = sent.filter((s) => s.method === 'POST')
    expect(commands.map((s) => s.path)).toEqual(['1', '2', '3'].map((id) => `/api/v1/cases/${id}/actions/sign`))
    expect(commands.map((s) => s.body)).toEqual([{ version: 3 }, { version: 3 }, { version: 3 }])
    expect(new Set(commands.map((s) => s.id)).size).toBe(3)
    expect(bulk.lines.value.map((l) => l.standing)).toEqual(['done', 'refused', 'done'])
    expect(bulk.lines.value[1]!.why).toBeTruthy()
  })

  it('sends again under the same id what got no answer, and nothing that was done', async () => {
    let broken = true
    const sent = serve(({ method, path }) => {
      if (method === 'GET') return { body: page(path.split('/').pop()!) }
      if (path.includes('/2/') && broken) return 'lost'
      return { body: { id: '1' } }
    })
    const bulk = useBulk([row('1'), row('2')], DEEDS.sign!)
    await bulk.check()
    await bulk.run()
    expect(bulk.lines.value.map((l) => l.standing)).toEqual(['done', 'failed'])
    broken = false
    await bulk.run()
    const commands = sent.filter((s) => s.method === 'POST')
    expect(commands.map((s) => s.path.split('/')[4])).toEqual(['1', '2', '2'])
    expect(commands[1]!.id).toBe(commands[2]!.id)
    expect(bulk.count('done')).toBe(2)
  })

  it('stops where it is told to stop', async () => {
    const sent = serve(({ method, path }) => (method === 'GET' ? { body: page(path.split('/').pop()!) } : (bulk.stop(), { body: { id: '1' } })))
    const bulk = useBulk([row('1'), row('2'), row('3')], DEEDS.sign!)
    await bulk.check()
    await bulk.run()
    expect(sent.filter((s) => s.method === 'POST')).toHaveLength(1)
    expect(bulk.lines.value.map((l) => l.standing)).toEqual(['done', 'ready', 'ready'])
  })

  it('dispatches only what a rule proposes, to that unit', async () => {
    const dispatch = { action: 'dispatch', allowed: true, likely: true, refused_code: null, fields: [{ name: 'host', kind: 'unit', required: false, options: [] }, { name: 'co_handlers', kind: 'units', required: false, options: [] }] }
    const sent = serve(({ method, path }) => (method === 'GET' ? { body: page(path.split('/').pop()!, { actions: [dispatch], route: path.endsWith('1') ? { unit: { id: '77' } } : null }) } : { body: {} }))
    const bulk = useBulk([row('1'), row('2')], DEEDS.dispatch!)
    await bulk.check()
    expect(bulk.lines.value.map((l) => l.standing)).toEqual(['ready', 'refused'])
    expect(bulk.lines.value[1]!.why).toContain('主办单位')
    await bulk.run()
    expect(sent.filter((s) => s.method === 'POST').map((s) => s.body)).toEqual([{ version: 3, host: '77' }])
  })

  it('verifies only what carries its category and place already', async () => {
    const verify = { action: 'verify', allowed: true, likely: true, refused_code: null, fields: [{ name: 'title', kind: 'text', required: true, options: [] }, { name: 'category', kind: 'category', required: true, options: [] }, { name: 'place', kind: 'place', required: true, options: [] }] }
    const sent = serve(({ method, path }) => (method === 'GET' ? { body: page(path.split('/').pop()!, { actions: [verify], case: path.endsWith('1') ? { category: { code: '0206' }, place: '原泉路' } : { category: null, place: '原泉路' } }) } : { body: {} }))
    const bulk = useBulk([row('1'), row('2')], DEEDS.verify!)
    await bulk.check()
    expect(bulk.lines.value.map((l) => l.standing)).toEqual(['ready', 'refused'])
    expect(bulk.lines.value[1]!.why).toContain('分类')
    await bulk.run()
    expect(sent.filter((s) => s.method === 'POST')[0]!.body).toMatchObject({ version: 3, category: '0206', title: '路灯坏了' })
  })
})

describe('what a person set for themselves', () => {
  it('is kept on the server, and what another window kept meanwhile stays', async () => {
    let kept = { version: 4, values: { 'views.cases': [{ name: 'a' }] } as Record<string, unknown> }
    const sent = serve(({ method, body }) => {
      if (method === 'GET') return { body: { version: 3, values: {} } }
      const asked = body as typeof kept
      if (asked.version !== kept.version) return { status: 409, body: { code: 'version.conflict', current: kept } }
      kept = { version: kept.version + 1, values: asked.values }
      return { body: kept }
    })
    forgetPreferences()
    await loadPreferences()
    expect(await setPreference<unknown[]>('views.cases', (before) => [...(before ?? []), { name: 'b' }])).toBeUndefined()
    await flushPromises()
    expect(kept.values).toEqual({ 'views.cases': [{ name: 'a' }, { name: 'b' }] })
    expect(preferences.value).toEqual(kept.values)
    const puts = sent.filter((s) => s.method === 'PUT')
    expect(new Set(puts.map((s) => s.id)).size).toBe(puts.length)
    expect(puts.every((s) => s.id)).toBe(true)
    forgetPreferences()
    expect(preferences.value).toEqual({})
  })
})

describe('the filters in an address', () => {
  it('hold what the overview counts, and leave the rest of the address alone', () => {
    const f = readFilters({ counted: 'closed', from: '2026-11-22', to: '2026-11-22', owner: '9', view: 'list' })
    expect(f).toEqual({ counted: 'closed', from: '2026-11-22', to: '2026-11-22', owner: '9' })
    expect(writeFilters(f)).toEqual(f)
    expect(otherQuery({ view: 'list', q: 'x', list: 'late' })).toEqual({ view: 'list', list: 'late' })
  })
  it('export the columns that are shown', () => {
    expect(exportColumns(['matter', 'unit', 'due'])).toBe('number,title,kind,urgency,host_unit,due_at')
  })
})
