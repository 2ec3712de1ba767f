import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import ActionForm from '@/shared/case/ActionForm.vue'
import ActionPanel from '@/shared/case/ActionPanel.vue'
import DeskChoice from '@/shared/case/DeskChoice.vue'
import { bodyOf, fromCase, isBlank, missing, sortActions, startValues, type Action, type Field } from '@/shared/case/actionValues'
import type { Schemas } from '@/shared/api/client'
import { i18n, setLanguage } from '@/shared/i18n'

const field = (name: string, kind: string, required = false, options: string[] = []): Field => ({ name, kind, required, options }) as Field
const action = (name: string, fields: Field[] = [], over: Partial<Action> = {}): Action => ({ action: name, allowed: true, likely: false, refused_code: null, fields, ...over })

const page = (over: Partial<Schemas['CasePage']> = {}) =>
  ({
    case: { id: '7', number: '620521-20261122-0007', version: 3, open: true, kind: 'request', urgency: 'ordinary', confidentiality: 'open', title: '路灯坏了', place: '原泉路', areas: [{ id: '1', name: '清水县', level: 'county' }, { id: '2', name: '永清镇', level: 'town' }, { id: '3', name: '原泉社区', level: 'village' }], category: { code: '0206' }, state: 'received' },
    actions: [],
    timeline: [{ id: '1', kind: 'case.registered', at: '2026-11-22T01:00:00Z', by: 'account', params: {}, texts: {} }],
    reporters: [],
    work_orders: [],
    attachments: [],
    ...over,
  }) as unknown as Schemas['CasePage']

/** Answers of a server for the length of a test; what was sent is kept. */
function serve(answers: { status: number; body: unknown }[]) {
  const sent: { method: string; url: string; headers: Headers; body: unknown }[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push({ method: r.method, url: r.url, headers: r.headers, body: r.method === 'GET' ? undefined : await r.clone().json() })
    const a = answers.shift() ?? { status: 500, body: {} }
    return new Response(JSON.stringify(a.body), { status: a.status, headers: { 'content-type': 'application/json' } })
  })
  return sent
}

describe('the values of an action form', () => {
  it('leaves blanks out and gives numbers and yes or no their own shape', () => {
    const fields = [field('text', 'long_text', true), field('satisfaction', 'choice', false, ['1', '2', '3', '4', '5']), field('reached', 'choice', true, ['yes', 'no']), field('note', 'text'), field('co_handlers', 'units'), field('attempts', 'number')]
    expect(bodyOf(fields, { text: '  已修好  ', satisfaction: '2', reached: 'no', note: '   ', co_handlers: [], attempts: '3' })).toEqual({ text: '已修好', satisfaction: 2, reached: false, attempts: 3 })
  })

  it('names the required fields nobody filled', () => {
    const fields = [field('reason', 'long_text', true), field('units', 'units', true), field('place', 'place', true), field('note', 'text')]
    expect(missing(fields, { reason: ' ', units: [], place: { text: '' }, note: '' })).toEqual(['reason', 'units', 'place'])
    expect(missing(fields, { reason: '职责不符', units: ['4'], place: { area_id: '9' }, note: '' })).toEqual([])
  })

  it('counts a point on the map as a place', () => {
    expect(isBlank({ text: '', lon: 105.9, lat: 34.7 })).toBe(false)
    expect(isBlank({ text: ' ' })).toBe(true)
  })

  it('begins with what is usual: the answer goes to review, nobody is designated', () => {
    const yesNo = ['yes', 'no']
    const values = startValues([field('submit', 'choice', false, yesNo), field('designated', 'choice', false, yesNo), field('reached', 'choice', true, yesNo), field('reporter', 'reporter', false, ['11'])])
    expect(values).toEqual({ submit: 'yes', designated: 'no', reached: '', reporter: '11' })
  })

  it('prefills cleaning with what the case says, and only the fields it asks for', () => {
    const fields = [field('title', 'text'), field('category', 'category'), field('place', 'place'), field('kind', 'choice', true, ['related', 'same_place'])]
    expect(fromCase(page().case, fields)).toEqual({ title: '路灯坏了', category: '0206', place: { text: '原泉路', area_id: '3', lon: undefined, lat: undefined } })
  })

  it('puts the likely deed first and the refused ones apart', () => {
    const { now, refused } = sortActions([action('note'), action('close', [], { allowed: false, refused_code: 'evidence.reached' }), action('reply', [], { likely: true })])
    expect(now.map((a) => a.action)).toEqual(['reply', 'note'])
    expect(refused.map((a) => a.action)).toEqual(['close'])
  })

  it('offers nothing that ends the matter ahead of what brings it on', () => {
    const { now } = sortActions(['answer', 'not_accept', 'remind', 'note', 'withdraw', 'supervise'].map((name) => action(name)))
    expect(now.map((a) => a.action)).toEqual(['remind', 'supervise', 'answer', 'not_accept', 'withdraw', 'note'])
  })

  it('does not begin by reminding oneself', () => {
    const { now } = sortActions(['remind', 'supervise', 'answer', 'note'].map((name) => action(name)), true)
    expect(now.map((a) => a.action)).toEqual(['supervise', 'remind', 'answer', 'note'])
  })
})

describe('the action form', () => {
  beforeAll(() => setLanguage('zh'))
  beforeEach(() => sessionStorage.clear())
  afterEach(() => vi.unstubAllGlobals())
  const reply = action('reply', [field('text', 'long_text', true), field('result', 'choice', true, ['done', 'explained', 'partly', 'refused'])])
  const show = (a: Action, p = page()) => mount(ActionForm, { props: { action: a, page: p }, global: { plugins: [i18n], stubs: { RouterLink: true } }, attachTo: document.body })

  it('asks for what is required beside the field, and sends nothing', async () => {
    const sent = serve([])
    const w = show(reply)
    await w.find('form').trigger('submit')
    expect(w.findAll('.error').map((e) => e.text())).toEqual(['这一项必须填写。', '请选一项。'])
    expect(sent).toHaveLength(0)
  })

  it('sends the version and an id of its own, and tells that it is done', async () => {
    const sent = serve([{ status: 200, body: { id: '7', state: 'under_review', version: 4 } }])
    const w = show(reply)
    await w.find('textarea').setValue('已更换路灯')
    await w.find('input[value="done"]').setValue()
    await w.find('form').trigger('submit')
    await flushPromises()
    expect(sent[0]!.url).toContain('/api/v1/cases/7/actions/reply')
    expect(sent[0]!.body).toEqual({ version: 3, text: '已更换路灯', result: 'done' })
    expect(sent[0]!.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/)
    expect(w.emitted('done')).toHaveLength(1)
  })

  it('keeps the id when the same is tried again after a lost answer, and takes a new one for another text', async () => {
    const sent = serve([{ status: 503, body: { code: 'store.busy' } }, { status: 503, body: { code: 'store.busy' } }, { status: 503, body: { code: 'store.busy' } }])
    const w = show(reply)
    await w.find('textarea').setValue('已更换路灯')
    await w.find('input[value="done"]').setValue()
    for (let i = 0; i < 2; i += 1) {
      await w.find('form').trigger('submit')
      await flushPromises()
    }
    await w.find('textarea').setValue('已更换四盏路灯')
    await w.find('form').trigger('submit')
    await flushPromises()
    const keys = sent.map((s) => s.headers.get('Idempotency-Key'))
    expect(keys[0]).toBe(keys[1])
    expect(keys[2]).not.toBe(keys[0])
  })

  it('asks those who were reached how satisfied they are, and nobody else', async () => {
    const callback = action('callback', [field('reporter', 'reporter', false, ['9']), field('resolved', 'choice', true, ['yes', 'no', 'unreachable']), field('satisfaction', 'choice', false, ['1', '5'])])
    const sent = serve([{ status: 200, body: { id: '7', state: 'callback', version: 4 } }])
    const w = show(callback)
    await w.find('input[value="yes"]').setValue()
    await w.find('input[value="5"]').setValue()
    await w.find('input[value="unreachable"]').setValue()
    expect(w.find('input[value="5"]').exists()).toBe(false)
    await w.find('form').trigger('submit')
    await flushPromises()
    expect(sent[0]!.body).toEqual({ version: 3, reporter: '9', resolved: 'unreachable' })
  })

  it('shows a refusal of the server beside its field, in words', async () => {
    serve([{ status: 422, body: { code: 'input.invalid', fields: [{ field: 'text', code: 'field.too_long' }] } }])
    const w = show(reply)
    await w.find('textarea').setValue('长')
    await w.find('input[value="done"]').setValue()
    await w.find('form').trigger('submit')
    await flushPromises()
    expect(w.find('.error').text()).toBe('内容太长，请精简。')
    expect(w.find('textarea').attributes('aria-invalid')).toBe('true')
  })

  it('shows both sides of a conflict, overwrites nothing, and goes on only when asked', async () => {
    const news = { ...page().timeline[0]!, id: '2', kind: 'case.information_added', actor_name: '王芳' }
    const fresh = page({ case: { ...page().case, version: 4 }, timeline: [page().timeline[0]!, news], actions: [reply], promise: { next_step: 'resolve' } } as never)
    const sent = serve([{ status: 409, body: { code: 'version.conflict', current: { version: 4 } } }, { status: 200, body: fresh }, { status: 200, body: { id: '7', state: 'under_review', version: 5 } }])
    const w = show(reply)
    await w.find('textarea').setValue('已更换路灯')
    await w.find('input[value="done"]').setValue()
    await w.find('form').trigger('submit')
    await flushPromises()
    const box = w.find('[role="alert"]').text()
    expect(box).toContain('王芳')
    expect(box).toContain('已更换路灯')
    expect((w.find('textarea').element as HTMLTextAreaElement).value).toBe('已更换路灯')
    expect(sent.filter((s) => s.method === 'POST')).toHaveLength(1)
    await w.find('[role="alert"] .btn-primary').trigger('click')
    await flushPromises()
    expect(sent.at(-1)!.body).toMatchObject({ version: 4, text: '已更换路灯' })
  })
})

describe('one thing to decide', () => {
  it('has the form of the chosen way open, and begins anew with the next case', async () => {
    const actions = [action('review_pass', [field('note', 'long_text')]), action('review_reject', [field('reason', 'long_text', true)])]
    const w = mount(DeskChoice, { props: { page: page({ actions }), title: '审核', actions: ['review_pass', 'review_reject'], second: 'review_reject' }, global: { plugins: [i18n] } })
    expect(w.findAll('form').map((f) => f.find('button[type="submit"]').text())).toEqual(['审核通过'])
    await w.find('input[value="review_reject"]').setValue()
    expect(w.findAll('form').map((f) => f.find('button[type="submit"]').text())).toEqual(['审核退回'])
    await w.setProps({ page: page({ actions, case: { ...page().case, id: '8' } } as never) })
    expect(w.findAll('form').map((f) => f.find('button[type="submit"]').text())).toEqual(['审核通过'])
  })
})

describe('what you can do now', () => {
  beforeAll(() => setLanguage('zh'))
  it('opens one short form at a time and says why a deed is refused', async () => {
    const p = page({ actions: [action('sign'), action('request_return', [field('reason', 'long_text', true)], { allowed: false, refused_code: 'return.designated' }), action('reply', [field('text', 'long_text', true)], { likely: true })] } as never)
    const w = mount(ActionPanel, { props: { page: p }, global: { plugins: [i18n], stubs: { RouterLink: true } } })
    const heads = w.findAll('.head')
    expect(heads.map((h) => h.text())).toEqual(['答复通常下一步', '签收'])
    await heads[0]!.trigger('click')
    expect(w.findAll('form')).toHaveLength(1)
    await heads[1]!.trigger('click')
    expect(w.findAll('form')).toHaveLength(1)
    expect(w.find('.refused').text()).toContain('指定办理的，不能退单')
  })

  it('says whose the next step is when nothing here brings it on', () => {
    const promise = { next_step: 'verify', awaiting: [], owner_unit: { id: '1', name: '清水县社会治理中心' } }
    const told = (likely: boolean, of: object = promise) => mount(ActionPanel, { props: { page: page({ promise: of, actions: [action('answer', [], { likely })] } as never) }, global: { plugins: [i18n], stubs: { RouterLink: true } } }).find('.elsewhere')
    expect(told(false).text()).toBe('下一步是清洗，由清水县社会治理中心办理。')
    expect(told(false, { ...promise, next_step: 'sign', awaiting: [{ id: '2', name: '清水县住建局' }] }).text()).toBe('下一步是签收，由清水县住建局办理。')
    expect(told(true).exists()).toBe(false)
  })
})
