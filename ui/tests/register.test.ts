import { describe, expect, it } from 'vitest'
import { bodyFor, check, emptyDraft, headsOf, titleOf } from '@/apps/console/features/register/register'

describe('registering', () => {
  it('takes the first sentence as the title when nobody wrote one', () => {
    expect(titleOf('原泉路路灯坏了四盏。学生晚上看不见路。')).toBe('原泉路路灯坏了四盏')
    expect(titleOf('长'.repeat(60))).toHaveLength(40)
    expect(bodyFor({ ...emptyDraft('hotline'), detail: '停水了！两天了' }).title).toBe('停水了')
  })

  it('leaves out what nobody filled', () => {
    const body = bodyFor({ ...emptyDraft('hotline'), detail: '停水' })
    expect(body.place).toBeUndefined()
    expect(body.reporters).toEqual([])
    expect(body.urgency).toBeUndefined()
    expect(body.reported_unit).toBeUndefined()
  })

  it('sends no person with an anonymous matter, whatever had been typed before', () => {
    const d = emptyDraft('hotline')
    d.reporters[0]!.phone = '13900000000'
    d.anonymous = true
    expect(bodyFor({ ...d, detail: '停水' }).reporters).toEqual([])
  })

  it('reads a phone as people say it, with spaces and dashes', () => {
    const d = emptyDraft('hotline')
    d.reporters[0]!.phone = '139 1234-5678'
    expect(bodyFor({ ...d, detail: '停水' }).reporters![0]!.phone).toBe('13912345678')
  })

  it('wants a matter, and a person or the word that there is none', () => {
    expect(Object.keys(check(emptyDraft('window')))).toEqual(['detail', 'reporter'])
    expect(check({ ...emptyDraft('window'), detail: 'x', anonymous: true })).toEqual({})
    expect(check({ ...emptyDraft('window'), detail: 'x', anonymous: true, heads: '六个' })).toEqual({ head_count: 'field.number' })
  })

  it('counts heads only as whole numbers above nothing', () => {
    expect([headsOf('6'), headsOf(' 12 '), headsOf('0'), headsOf('-1'), headsOf('3人'), headsOf('')]).toEqual([6, 12, undefined, undefined, undefined, undefined])
  })
})
