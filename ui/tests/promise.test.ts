import { mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import PromiseBar from '@/shared/case/PromiseBar.vue'
import StateBadge from '@/shared/case/StateBadge.vue'
import { i18n, setLanguage } from '@/shared/i18n'
import { said, spanText } from '@/shared/i18n/said'
import { printing } from '@/shared/lib/printing'
import { clockNow, type Promise as Bar } from '@/shared/lib/promise'

const NOW = Date.parse('2026-11-22T02:00:00Z')
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()

const bar = (over: Partial<Bar> = {}): Bar => ({
  owner_unit: { id: '1', name: '县城市管理综合执法局', short_name: '城管局' },
  owner_account: null,
  next_step: 'sign',
  awaiting: [],
  started_at: at(-60),
  due_at: at(300),
  limit: '4wh',
  left: { amount: 6, unit: 'working_hours' },
  share_left: 0.8,
  tone: 'calm',
  as_of: at(0),
  ...over,
})

describe('the clock as it stands now', () => {
  it('keeps what the server counted while the answer is fresh', () => {
    expect(clockNow(bar(), NOW)).toEqual({ tone: 'calm', left: { amount: 6, unit: 'working_hours' }, share: 0.8 })
  })

  it('turns late by itself when the due time passes on an open page', () => {
    const c = clockNow(bar({ due_at: at(-90), tone: 'soon', share_left: 0.1 }), NOW)
    expect(c).toEqual({ tone: 'late', over: { days: 0, hours: 1, minutes: 0 }, share: 0 })
  })

  it('says at least a minute, never nothing', () => {
    expect(clockNow(bar({ due_at: new Date(NOW - 5000).toISOString() }), NOW).over).toEqual({ days: 0, hours: 0, minutes: 1 })
  })

  it('turns amber when a quarter is left on a page that has stood open', () => {
    const stale = bar({ started_at: at(-400), due_at: at(60), as_of: at(-200), share_left: 0.6 })
    expect(clockNow(stale, NOW).tone).toBe('soon')
  })

  it('leaves suspended and ended cases alone, however old', () => {
    expect(clockNow(bar({ tone: 'paused', due_at: at(-5000) }), NOW).tone).toBe('paused')
    expect(clockNow(bar({ tone: 'ended', due_at: at(-5000), left: null }), NOW).tone).toBe('ended')
  })

  it('tells a late clock in the unit of its rule, as the server counted', () => {
    for (const unit of ['working_days', 'working_hours', 'days'] as const) expect(clockNow(bar({ tone: 'late', due_at: at(-3000), left: { amount: 2, unit } }), NOW)).toEqual({ tone: 'late', left: { amount: 2, unit }, share: 0 })
  })

  it('holds the share between nothing and everything', () => {
    expect(clockNow(bar({ share_left: 1.7 }), NOW).share).toBe(1)
    expect(clockNow(bar({ share_left: -0.2 }), NOW).share).toBe(0)
  })
})

describe('the promise bar', () => {
  beforeAll(async () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    await setLanguage('zh')
  })
  const show = (p: Bar, small = false, endedAs?: string) => mount(PromiseBar, { props: { promise: p, small, endedAs }, global: { plugins: [i18n] } })

  it('says owner, next step and clock in words', () => {
    const text = show(bar()).text()
    expect(text).toContain('县城市管理综合执法局')
    expect(text).toContain('签收')
    expect(text).toContain('还剩 6 工时')
  })

  it('says how long it is overdue, and shows it with another shape than a calm one', () => {
    const late = show(bar({ tone: 'late', due_at: at(-2880), left: { amount: 2, unit: 'days' } }))
    expect(late.text()).toContain('已超时 2 个自然日')
    expect(show(bar({ tone: 'late', due_at: at(-3840), left: { amount: 1, unit: 'working_hours' } })).text()).toContain('已超时 1 工时')
    const shape = (w: ReturnType<typeof show>) => w.find('.clock svg').attributes('class')
    expect(shape(late)).not.toBe(shape(show(bar())))
  })

  it('says for whom a matter waits that is yet to be signed for', () => {
    const units = ['住建局', '城管局'].map((name, i) => ({ id: String(i + 5), name: `县${name}`, short_name: name }))
    expect(show(bar({ awaiting: units.slice(0, 1) }), true).text()).toContain('等住建局签收')
    expect(show(bar({ awaiting: units }), true).text()).toContain('等住建局等2家签收')
    expect(show(bar({ awaiting: units }), true).text()).not.toContain('城市管理综合执法局')
    expect(show(bar({ awaiting: units })).text()).toMatch(/县城市管理综合执法局.*等住建局等2家签收/)
  })

  it('bears on paper the due itself, and that it had passed when printed; nothing that goes on counting', () => {
    const paper = (p: Bar) => mount(PromiseBar, { props: { promise: p, paper: true }, global: { plugins: [i18n] } }).text()
    expect(paper(bar())).toContain('2026-11-22 15:00 到期')
    expect(paper(bar())).not.toMatch(/还剩|今天|已超时/)
    expect(paper(bar({ tone: 'late', due_at: at(-2880), left: { amount: 2, unit: 'days' } }))).toMatch(/截至 2026-11-22 10:00 已超时.*2026-11-20 10:00 到期/)
  })

  it('is on paper while the page is printed', async () => {
    const shown = show(bar(), true)
    expect(shown.text()).toContain('还剩')
    printing.value = true
    await shown.vm.$nextTick()
    expect(shown.text()).toContain('2026-11-22 15:00 到期')
    expect(shown.text()).not.toContain('还剩')
    expect(said(at(-60), NOW)).toBe('2026-11-22 09:00')
    printing.value = false
    expect(said(at(-60), NOW)).toBe('今天 09:00')
  })

  it('says in a list how a case ended', () => {
    expect(show(bar({ tone: 'ended', left: null, next_step: null, due_at: null }), true, 'withdrawn').text()).toContain('已撤回')
  })

  it('counts one hour and several in English', async () => {
    await setLanguage('en')
    expect(show(bar({ left: { amount: 1, unit: 'working_hours' } })).text()).toContain('1 working hour left')
    expect(show(bar({ left: { amount: 6, unit: 'working_hours' } })).text()).toContain('6 working hours left')
    await setLanguage('zh')
  })
})

describe('a span', () => {
  it.each([
    ['working_days', 4, '4 个工作日'],
    ['working_hours', 7, '7 工时'],
    ['working_minutes', 45, '45 分（工时）'],
    ['working_minutes', 98, '1 工时 38 分'],
    ['working_minutes', 120, '2 工时'],
    ['minutes', 98, '1 小时 38 分'],
  ] as const)('%s %d', async (unit, n, shown) => {
    await setLanguage('zh')
    expect(spanText(unit, n)).toBe(shown)
  })
})

describe('the state beside the promise bar', () => {
  const text = (step?: string) => mount(StateBadge, { props: { state: 'callback', step }, global: { plugins: [i18n] } }).text()
  it('does not say that somebody is to be called where nobody is', async () => {
    await setLanguage('zh')
    expect(text('callback')).toBe('待回访')
    expect(text('close')).toBe('待办结')
    expect(text('rework')).toBe('待重办')
  })
})
