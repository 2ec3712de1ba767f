import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import CalendarPage from '@/apps/console/features/admin/rules/CalendarPage.vue'
import { ruleName } from '@/apps/console/features/admin/rules/bodies'
import { readProblem } from '@/shared/api/problem'
import RouteNote from '@/shared/case/RouteNote.vue'
import { i18n, setLanguage } from '@/shared/i18n'
import { problemText } from '@/shared/i18n/words'
import { forgetDirectory } from '@/shared/lib/directory'
import { wall } from '@/shared/lib/time'
import MonthTable from '@/shared/ui/MonthTable.vue'

const year = Number(wall(Date.now()).year)
const head = { kind: 'calendar', version: 3, note: '', in_force: true, text: '' }

/** Answers every question; what is posted is kept. */
function serve(set: object) {
  const posted: { body: { provisional?: number[] } }[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'POST') posted.push(await r.json())
    const body = r.url.endsWith('/versions') ? { items: [head] } : r.url.includes('/catalogue') ? { version: 0, categories: [] } : { ...head, ...set }
    return new Response(JSON.stringify(body), { status: r.method === 'POST' ? 201 : 200, headers: { 'content-type': 'application/json' } })
  })
  return posted
}
afterEach(() => vi.unstubAllGlobals())

describe('the calendar’s page', () => {
  const page = async (reach: object, provisional: number[]) => {
    await setLanguage('zh')
    const posted = serve({ reach, body: { days: [{ date: `${year}-01-01`, type: 'holiday', name: '元旦' }], provisional } })
    const w = mount(CalendarPage, { global: { plugins: [i18n] } })
    await flushPromises()
    return { w, posted }
  }

  it('asks for the next year in time', async () => {
    const reach = { loaded_until: `${year}-12-31`, days_left: 39, ends_soon: true, provisional_years: [] }
    const { w } = await page(reach, [])
    expect(w.text()).toContain(`还剩 39 天`)
    expect(w.text()).toContain(`补上 ${year + 1} 年`)
    expect(w.text()).not.toContain('预估')
    const { w: calm } = await page({ ...reach, days_left: 200, ends_soon: false }, [])
    expect(calm.find('.notice-warn').exists()).toBe(false)
  })

  it('marks a provisional year until somebody held it against the notice', async () => {
    const { w, posted } = await page({ loaded_until: `${year}-12-31`, days_left: 200, ends_soon: false, provisional_years: [year] }, [year])
    expect(w.find('.badge-warn').text()).toBe('预估')
    await w.find('.notice-warn button').trigger('click')
    expect(w.find('.notice-warn').exists()).toBe(false)
    await w.find('form.publish input').setValue('国务院通知已发布')
    await w.find('form.publish').trigger('submit')
    await flushPromises()
    expect(posted[0]?.body.provisional).toEqual([])
  })
})

describe('choosing a day', () => {
  it('says where the year is provisional', async () => {
    await setLanguage('zh')
    forgetDirectory()
    serve({ body: { days: [], provisional: [year] } })
    const w = mount(MonthTable, { props: { chosen: `${year}-06-01` }, global: { plugins: [i18n] } })
    await flushPromises()
    expect(w.text()).toContain('本年为预估')
    forgetDirectory()
  })
})

describe('a rule', () => {
  it('is called by its title in the reader’s language, by its id where it has none', async () => {
    const rule = { id: 'by-category', title: '按事项类别派主管部门', title_en: 'To the department of the category' }
    await setLanguage('en')
    expect(ruleName(rule)).toBe(rule.title_en)
    expect(ruleName({ id: 'x', title: '甲' })).toBe('甲')
    await setLanguage('zh')
    expect([ruleName(rule), ruleName({ id: 'x' })]).toEqual([rule.title, 'x'])
    serve({})
    const route = { by: 'rule', unit: null, rule: { id: 'by-category', zh: rule.title, en: rule.title_en }, note: null, because: [{ step: 'no_unit', rule: 'family', zh: '婚姻家庭纠纷归属地乡镇', en: 'x' }] }
    const w = mount(RouteNote, { props: { route: route as never, title: '派单依据' }, global: { plugins: [i18n] } })
    expect(w.text()).toContain('规则“按事项类别派主管部门”')
    expect(w.text()).toContain('规则“婚姻家庭纠纷归属地乡镇”指向的单位')
    expect(w.text()).not.toContain('by-category')
  })
})

describe('a year that the calendar lacks', () => {
  it('is named with its file', async () => {
    const problem = readProblem(422, { code: 'calendar.year_not_loaded', detail: 'x', year: 2027 })
    for (const language of ['zh', 'en'] as const) {
      await setLanguage(language)
      expect(problemText(problem)).toContain('cn-workdays-2027.csv')
    }
  })
})
