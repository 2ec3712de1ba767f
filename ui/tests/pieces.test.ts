import { describe, expect, it } from 'vitest'
import { safeNext } from '@/apps/console/router'
import { navFor } from '@/apps/console/shell/nav'
import { treeOf } from '@/apps/console/features/admin/units/tree'
import { countWorkdays } from '@/apps/console/features/admin/rules/months'
import { monthGrid } from '@/shared/lib/dates'
import { parseLimit } from '@/apps/console/features/admin/rules/bodies'
import { readProblem } from '@/shared/api/problem'
import { readFilters, sameFilters, writeFilters } from '@/shared/case/filters'
import { nextInQueue } from '@/shared/case/nextInQueue'
import { sentence, textsThatAreNew } from '@/shared/case/sentence'
import { contrast, tints } from '@/shared/design/brand'
import { setLanguage } from '@/shared/i18n'
import { said } from '@/shared/i18n/said'
import { addDays, day, fromWall, over, toWall } from '@/shared/lib/time'
import { middleOf } from '@/shared/map/middle'
import { mergeChanges, type LiveCase } from '@/shared/live/live'
import { filterChoices } from '@/shared/ui/choices'

describe('time', () => {
  it('is the county’s, wherever the browser stands', () => {
    expect(day('2026-11-22T17:30:00Z')).toBe('2026-11-23')
    expect(toWall('2026-11-22T00:05:00Z')).toBe('2026-11-22T08:05')
    expect(fromWall('2026-11-22T08:05')).toBe('2026-11-22T00:05:00.000Z')
    expect(fromWall('2026-02-3')).toBeUndefined()
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
  })

  it('is said as short as it is clear', async () => {
    const now = '2026-11-22T04:00:00Z'
    await setLanguage('zh')
    expect(said('2026-11-22T01:00:00Z', now)).toBe('今天 09:00')
    expect(said('2026-11-23T01:00:00Z', now)).toBe('明天 09:00')
    expect(said('2026-11-21T15:59:00Z', now)).toBe('昨天 23:59')
    expect(said('2026-11-19T01:00:00Z', now)).toBe('11月19日 09:00')
    expect(said('2025-11-20T01:00:00Z', now)).toBe('2025年11月20日')
    expect(over(47 * 3600_000)).toEqual({ days: 1, hours: 23, minutes: 0 })
    expect(over(-1)).toEqual({ days: 0, hours: 0, minutes: 1 })
  })
})

describe('a queue', () => {
  it('stays with the case while it lies there, otherwise takes the one that moved up', () => {
    expect(nextInQueue(['a', 'b', 'c'], ['a', 'b', 'c'], 'b')).toBe('b')
    expect(nextInQueue(['a', 'b', 'c'], ['a', 'c', 'd'], 'b')).toBe('c')
    expect(nextInQueue(['a', 'b', 'c'], ['a', 'b'], 'c')).toBe('b')
    expect(nextInQueue(['a'], [], 'a')).toBeUndefined()
  })
})

describe('filters', () => {
  it('stand in the address and come back from it', () => {
    const f = { open: true, kind: 'complaint', town: '12', q: '路灯' } as const
    expect(readFilters(writeFilters(f))).toEqual(f)
    expect(sameFilters({ ...f }, { q: '路灯', town: '12', kind: 'complaint', open: true })).toBe(true)
    expect(readFilters({ nonsense: 'x', case: '5' })).toEqual({})
  })
})

describe('news', () => {
  const change = (id: string, version: number, kind: string): LiveCase => ({ case_id: id, number: id, state: 'received', version, kinds: [kind], mine: false })
  it('names each case once, the latest first, with all that happened', () => {
    const merged = mergeChanges([change('1', 2, 'case.verified'), change('2', 1, 'case.registered')], [change('2', 2, 'case.verified')])
    expect(merged.map((c) => c.case_id)).toEqual(['2', '1'])
    expect(merged[0]!.kinds).toEqual(['case.registered', 'case.verified'])
    expect(merged[0]!.version).toBe(2)
  })
})

describe('a sentence of the story', () => {
  const by = { by: 'account', unit_name: '城管局', actor_name: '孙建军' } as const
  it('puts words for words and times for instants', async () => {
    await setLanguage('zh')
    expect(sentence({ ...by, kind: 'case.replied', params: { unit: '城管局', result: 'done' } })).toBe('城管局 孙建军给出了答复：已解决')
    expect(sentence({ ...by, kind: 'case.extension_requested', params: { until: '2026-11-30T10:00:00Z' } })).toBe('城管局 孙建军申请延期到 2026-11-30 18:00')
    expect(sentence({ ...by, kind: 'case.delivered', params: { channel: 'phone', reached: true } })).toBe('城管局 孙建军以电话方式告知结果，本人收到：是')
    expect(sentence({ ...by, kind: 'case.verified', params: { urgency: 'ordinary' } })).toBe('城管局 孙建军核实了这件事：一般')
  })

  it('names an event this version does not know rather than hide it', () => {
    expect(sentence({ ...by, kind: 'case.something_new', params: {} })).toBe('case.something_new')
  })

  it('does not repeat what the page says already', () => {
    const shown = textsThatAreNew([
      { id: '1', texts: { title: '路灯', detail: '坏了' } },
      { id: '2', texts: { title: '路灯坏了', place: '原泉路' } },
      { id: '3', texts: { reason: '职责不符' } },
    ])
    expect(shown.get('1')).toEqual([])
    expect(shown.get('2')).toEqual([['title', '路灯坏了']])
    expect(shown.get('3')).toEqual([['reason', '职责不符']])
  })
})

describe('the county’s colour', () => {
  const rgb = (hex: string) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as [number, number, number]
  it('is made readable on its ground, light and dark', () => {
    for (const color of ['#ffcc00', '#c8102e', '#000000', '#ffffff', '#1a5fb4']) {
      expect(contrast(rgb(tints(color, false)['--brand']!), [255, 255, 255]), color).toBeGreaterThanOrEqual(4.5)
      expect(contrast(rgb(tints(color, true)['--brand']!), [26, 32, 40]), color).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('falls back when it is none', () => {
    expect(tints('red', false)).toEqual(tints('#1a5fb4', false))
  })
})

describe('a town’s name on the map', () => {
  it('stands in the middle of its largest part', () => {
    const square = (x: number, y: number, a: number) => [[x, y], [x + a, y], [x + a, y + a], [x, y + a], [x, y]]
    const [lon, lat] = middleOf({ type: 'MultiPolygon', coordinates: [[square(0, 0, 1)], [square(10, 10, 4)]] })!
    expect([lon.toFixed(6), lat.toFixed(6)]).toEqual(['12.000000', '12.000000'])
    expect(middleOf({ type: 'Point', coordinates: [1, 2] })).toBeUndefined()
  })
})

describe('small pieces', () => {
  it('follow only links of this site after signing in', () => {
    expect(safeNext('/cases/5?x=1')).toBe('/cases/5?x=1')
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', undefined, ['/a']]) expect(safeNext(bad)).toBe('/')
  })

  it('show each administrator only their own pages', () => {
    const names = (...held: string[]) => navFor((...p) => p.some((x) => held.includes(x))).flatMap((g) => g.items.map((i) => i.name))
    expect(names('audit.read')).toEqual(['admin-access-log'])
    expect(names('role.grant', 'token.manage')).toEqual(['admin-accounts', 'admin-tokens'])
  })

  it('keep a code of a refusal whatever the body is', () => {
    expect(readProblem(409, { code: 'version.conflict', current: { version: 4 } }).current).toEqual({ version: 4 })
    expect(readProblem(502, '<html>').code).toBe('client.server_failed')
    expect(readProblem(400, null).code).toBe('client.unreadable')
    expect(readProblem(422, { code: 'a.b', fields: [{ field: 1 }, { field: 'x', code: 'y' }] }).fields).toEqual([{ field: 'x', code: 'y' }])
  })

  it('find a choice by any of its words, the beginning first', () => {
    const all = [{ value: '0207', label: '环境卫生与垃圾', keywords: '清运' }, { value: '0206', label: '垃圾桶' }]
    expect(filterChoices(all, '垃圾').map((c) => c.value)).toEqual(['0206', '0207'])
    expect(filterChoices(all, '清运 垃圾').map((c) => c.value)).toEqual(['0207'])
    expect(filterChoices(all, '0207').map((c) => c.value)).toEqual(['0207'])
  })

  it('put units under their parents, and lose none in a circle', () => {
    const unit = (id: string, parent_id: string | null) => ({ id, parent_id }) as never
    expect(treeOf([unit('2', '1'), unit('1', null), unit('3', '2'), unit('9', '8')]).map((r) => [(r.unit as { id: string }).id, r.depth])).toEqual([['1', 0], ['2', 1], ['3', 2], ['9', 0]])
  })

  it('count the working days of a year with its holidays and make-up days', () => {
    expect(monthGrid(2026, 1).flat().filter(Boolean)).toHaveLength(28)
    expect(countWorkdays(2026, new Map())).toBe(261)
    expect(countWorkdays(2026, new Map([['2026-10-01', { type: 'holiday' }], ['2026-10-10', { type: 'makeup_workday' }], ['2026-10-03', { type: 'holiday' }]]))).toBe(261)
  })

  it('read a limit and refuse what is none', () => {
    expect(parseLimit('12wh')).toEqual({ n: 12, unit: 'wh' })
    for (const bad of ['0wd', '5', 'wd', '5 days']) expect(parseLimit(bad)).toBeUndefined()
  })
})
