import { mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import PromiseBar from '@/shared/case/PromiseBar.vue'
import { i18n, setLanguage } from '@/shared/i18n'
import { clockNow, type Promise as Bar } from '@/shared/lib/promise'

const NOW = Date.parse('2026-11-22T02:00:00Z')
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()

const bar = (over: Partial<Bar> = {}): Bar => ({
  owner_unit: { id: '1', name: '县城市管理综合执法局', short_name: '城管局' },
  owner_account: null,
  next_step: 'sign',
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
    expect(c).toEqual({ tone: 'late', left: { amount: 1, unit: 'hours' }, share: 0 })
  })

  it('says at least a minute, never nothing', () => {
    expect(clockNow(bar({ due_at: new Date(NOW - 5000).toISOString() }), NOW).left).toEqual({ amount: 1, unit: 'minutes' })
  })

  it('turns amber when a quarter is left on a page that has stood open', () => {
    const stale = bar({ started_at: at(-400), due_at: at(60), as_of: at(-200), share_left: 0.6 })
    expect(clockNow(stale, NOW).tone).toBe('soon')
  })

  it('leaves suspended and ended cases alone, however old', () => {
    expect(clockNow(bar({ tone: 'paused', due_at: at(-5000) }), NOW).tone).toBe('paused')
    expect(clockNow(bar({ tone: 'ended', due_at: at(-5000), left: null }), NOW).tone).toBe('ended')
  })

  it('does not recount what is late already', () => {
    expect(clockNow(bar({ tone: 'late', due_at: at(-3000), left: { amount: 2, unit: 'days' } }), NOW).left).toEqual({ amount: 2, unit: 'days' })
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
    const shape = (w: ReturnType<typeof show>) => w.find('.clock svg').attributes('class')
    expect(shape(late)).not.toBe(shape(show(bar())))
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
