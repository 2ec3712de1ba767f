import { mount } from '@vue/test-utils'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { i18n, setLanguage } from '@/shared/i18n'
import { addMonths, isWorked, monthGrid, moveDay, parseDay, parseMoment } from '@/shared/lib/dates'
import DateField from '@/shared/ui/DateField.vue'

const NOW = Date.parse('2026-11-22T02:00:00Z')

describe('a day as people write it', () => {
  it('is read in the usual ways and is always written one way', () => {
    for (const text of ['2026-11-02', '2026/11/2', '2026.11.02', '20261102', '11-2', '2026年11月2日']) expect(parseDay(text, NOW), text).toBe('2026-11-02')
  })

  it('is refused when there is no such day', () => {
    for (const text of ['2026-02-30', '2026-13-01', '22/11/2026', 'tomorrow', '', '2026-11', '1-1-1-1']) expect(parseDay(text, NOW), text).toBeUndefined()
    expect(parseDay('2024-02-29', NOW)).toBe('2024-02-29')
  })

  it('with a time is a moment; alone it is meant to the end of business', () => {
    expect(parseMoment('2026-11-22 9:05', NOW)).toBe('2026-11-22 09:05')
    expect(parseMoment('2026-11-22T17：30', NOW)).toBe('2026-11-22 17:30')
    expect(parseMoment('11-25', NOW)).toBe('2026-11-25 18:00')
    for (const text of ['2026-11-22 24:00', '2026-11-22 9', '2026-11-22 09:05 x', '09:05']) expect(parseMoment(text, NOW), text).toBeUndefined()
  })

  it('moves by keys, over the ends of months and years', () => {
    expect(moveDay('2026-11-30', 'ArrowRight', false)).toBe('2026-12-01')
    expect(moveDay('2026-11-22', 'ArrowUp', false)).toBe('2026-11-15')
    expect(moveDay('2026-11-22', 'Home', false)).toBe('2026-11-16')
    expect(moveDay('2026-11-16', 'End', false)).toBe('2026-11-22')
    expect(moveDay('2026-12-31', 'PageDown', false)).toBe('2027-01-31')
    expect(moveDay('2024-02-29', 'PageUp', true)).toBe('2023-02-28')
    expect(moveDay('2026-11-22', 'a', false)).toBeUndefined()
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
  })

  it('is worked as the county lists it, otherwise Monday to Friday', () => {
    const october = monthGrid(2026, 9).flat().filter((d) => d !== undefined)
    const listed = new Map([['2026-10-01', 'holiday'], ['2026-10-10', 'makeup_workday']] as const)
    expect(october.filter((d) => isWorked(d, new Map(listed))).map((d) => d.day).slice(0, 7)).toEqual([2, 5, 6, 7, 8, 9, 10])
  })
})

describe('the date field', () => {
  beforeAll(() => setLanguage('en'))
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ body: { days: [{ date: '2026-11-23', type: 'holiday', name: 'x' }] } }), { status: 200, headers: { 'content-type': 'application/json' } }))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
  const show = (props: { modelValue?: string; time?: boolean }) => {
    const field: ReturnType<typeof mount> = mount(DateField as never, { props: { ...props, 'onUpdate:modelValue': (v: string | undefined) => field.setProps({ modelValue: v } as never) } as never, attachTo: document.body, global: { plugins: [i18n] } })
    return field
  }
  const box = (field: ReturnType<typeof mount>) => field.get('input').element as HTMLInputElement

  it('shows a day the same in English', () => {
    expect(box(show({ modelValue: '2026-11-22' })).value).toBe('2026-11-22')
    expect(box(show({ modelValue: '2026-11-22T10:00:00.000Z', time: true })).value).toBe('2026-11-22 18:00')
  })

  it('takes what is typed, and says so when it is no day', async () => {
    const field = show({ modelValue: undefined })
    await field.get('input').setValue('2026/12/1')
    await field.get('input').trigger('change')
    expect((field.props() as { modelValue?: string }).modelValue).toBe('2026-12-01')
    expect(box(field).value).toBe('2026-12-01')
    await field.get('input').setValue('31.31.2026')
    await field.get('input').trigger('change')
    expect((field.props() as { modelValue?: string }).modelValue).toBeUndefined()
    expect(box(field).getAttribute('aria-invalid')).toBe('true')
    expect(box(field).checkValidity()).toBe(false)
    expect(field.get('[role=alert]').text()).toContain('2026-11-22')
  })

  it('opens a month that the keyboard walks through, with days off marked', async () => {
    const field = show({ modelValue: '2026-11-22' })
    await field.get('button').trigger('click')
    await vi.waitFor(() => expect(field.find('[aria-label="23 · 2026-11-23 Day off"]').exists()).toBe(true))
    await nextTick()
    expect(document.activeElement?.textContent).toBe('22')
    await field.get('table').trigger('keydown', { key: 'ArrowRight' })
    await field.get('table').trigger('keydown', { key: 'PageDown' })
    await nextTick()
    const day = field.get('.day[tabindex="0"]')
    expect(day.attributes('aria-label')).toBe('23 · 2026-12-23')
    await day.trigger('click')
    expect((field.props() as { modelValue?: string }).modelValue).toBe('2026-12-23')
    expect(field.find('[role=dialog]').exists()).toBe(false)
  })
})
