import { effectScope, nextTick, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DRAFT_LIFE_MS, dropAllDrafts, readDraft, useDraft, writeDraft } from '@/shared/lib/drafts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('drafts', () => {
  it('come back as they were', () => {
    writeDraft('a', { detail: '路灯坏了' }, 1000)
    expect(readDraft('a', 2000)).toEqual({ detail: '路灯坏了' })
  })

  it('are forgotten after a working day, and when they cannot be read', () => {
    writeDraft('a', { x: 1 }, 1000)
    expect(readDraft('a', 1000 + DRAFT_LIFE_MS)).toBeUndefined()
    expect(sessionStorage.length).toBe(0)
    sessionStorage.setItem('onedoor.draft.b', '{')
    expect(readDraft('b', 0)).toBeUndefined()
  })

  it('all go at sign-out; other things of the session stay', () => {
    writeDraft('a', 1, 0)
    writeDraft('b', 2, 0)
    sessionStorage.setItem('other', 'x')
    dropAllDrafts()
    expect(Object.keys(sessionStorage)).toEqual(['other'])
  })

  it('never reach storage that outlives the browser window: they hold what citizens said', () => {
    writeDraft('a', { phone: '13900000000' }, 0)
    expect(localStorage.length).toBe(0)
  })

  it('are saved while one writes, also when one leaves before the pause is over', async () => {
    const scope = effectScope()
    const value = ref({ text: '' })
    scope.run(() => useDraft('form', value, (v) => !v.text))
    value.value.text = '半句'
    await nextTick()
    scope.stop()
    expect(readDraft('form', Date.now())).toEqual({ text: '半句' })
  })

  it('restore what is missing of a newer form by its own defaults', () => {
    writeDraft('form', { text: '旧' }, Date.now())
    const scope = effectScope()
    const value = ref({ text: '', more: 'default' })
    const draft = scope.run(() => useDraft('form', value, () => false))!
    expect(value.value).toEqual({ text: '旧', more: 'default' })
    expect(draft.restored.value).toBe(true)
    draft.discard()
    expect(readDraft('form', Date.now())).toBeUndefined()
    scope.stop()
  })
})
