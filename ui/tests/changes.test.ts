import { describe, expect, it } from 'vitest'
import { changesOf, type Described } from '@/apps/console/features/admin/rules/changes'

const body = (...all: [string, string, Record<string, string>][]) => new Map(all.map(([key, name, facts]): [string, Described] => [key, { name, facts }]))

describe('what a publication would change', () => {
  it('names the added, the dropped and each fact that differs', () => {
    const before = body(['a', 'Fires', { resolve: '5', sign: '1' }], ['b', 'Dust', { resolve: '3' }])
    const after = body(['a', 'Fires', { resolve: '7', sign: '1', review: '2' }], ['c', 'Noise', { resolve: '4' }])
    expect(changesOf(before, after)).toEqual([
      { key: 'a', kind: 'changed', name: 'Fires', facts: [{ label: 'resolve', before: '5', after: '7' }, { label: 'review', before: '', after: '2' }] },
      { key: 'c', kind: 'added', name: 'Noise', facts: [] },
      { key: 'b', kind: 'dropped', name: 'Dust', facts: [] },
    ])
  })

  it('is silent where nothing differs, and hears a new name', () => {
    const one = body(['a', 'Fires', { resolve: '5' }])
    expect(changesOf(one, body(['a', 'Fires', { resolve: '5' }]))).toEqual([])
    expect(changesOf(one, body(['a', 'Blazes', { resolve: '5' }]))).toEqual([{ key: 'a', kind: 'changed', name: 'Blazes', facts: [] }])
  })
})
