import { nextTick, onScopeDispose, ref, shallowRef, type Ref } from 'vue'
import { asProblem, Problem } from '../api/problem'
import { focusFirstError } from './form'

export const SLOW_MS = 300

export interface Resource<T> {
  data: Ref<T | undefined>
  problem: Ref<Problem | undefined>
  busy: Ref<boolean>
  /** Busy for longer than 300 ms: time for a skeleton. */
  slow: Ref<boolean>
  load: () => Promise<void>
}

/** One question to the server. A later answer never gets overwritten by an earlier one. */
export function useResource<T>(ask: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const data = shallowRef<T>()
  const problem = shallowRef<Problem>()
  const busy = ref(false)
  const slow = ref(false)
  let running: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load() {
    running?.abort()
    const mine = (running = new AbortController())
    busy.value = true
    clearTimeout(timer)
    timer = setTimeout(() => (slow.value = busy.value), SLOW_MS)
    try {
      const answer = await ask(mine.signal)
      if (mine.signal.aborted) return
      data.value = answer
      problem.value = undefined
    } catch (e) {
      if (mine.signal.aborted) return
      problem.value = asProblem(e)
    } finally {
      if (running === mine) {
        busy.value = false
        slow.value = false
        clearTimeout(timer)
      }
    }
  }

  onScopeDispose(() => {
    running?.abort()
    clearTimeout(timer)
  })
  return { data, problem, busy, slow, load }
}

export interface Page<T> {
  items: T[]
  next_cursor?: string | null
  /** How many match, where the first page says it. */
  total?: { count: number; capped: boolean } | null
}

/** A keyset-paged list: pages are appended, never renumbered. */
export function usePaged<T>(ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const next = ref<string | null>()
  const loaded = ref(false)
  const more = ref(false)
  const first = useResource(async (signal) => {
    const page = await ask(undefined, signal)
    items.value = page.items
    next.value = page.next_cursor ?? null
    loaded.value = true
    return page
  })
  const moreProblem = shallowRef<Problem>()
  async function loadMore() {
    const cursor = next.value
    if (!cursor || more.value) return
    more.value = true
    moreProblem.value = undefined
    try {
      const page = await ask(cursor, new AbortController().signal)
      // The list was asked anew meanwhile: this page belongs to the old one.
      if (next.value !== cursor) return
      items.value = [...items.value, ...page.items]
      next.value = page.next_cursor ?? null
    } catch (e) {
      moreProblem.value = asProblem(e)
    } finally {
      more.value = false
    }
  }
  return { ...first, items, next, loaded, more, moreProblem, loadMore }
}

/** One command: busy while it runs, its refusal kept for the form. Resolves to undefined when refused. */
export function useCommand() {
  const busy = ref(false)
  const problem = shallowRef<Problem>()
  async function run<T>(send: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = undefined
    try {
      return await send()
    } catch (e) {
      problem.value = asProblem(e)
      return undefined
    } finally {
      busy.value = false
    }
  }
  /** Marks the fields that must be filled and are not, before anything is sent; true when there is one. */
  function lacks(fields: Record<string, string | undefined>): boolean {
    const blank = Object.keys(fields).filter((name) => !fields[name]?.trim())
    problem.value = blank.length ? new Problem(422, 'field.required', blank.map((field) => ({ field, code: 'field.required' }))) : undefined
    const form = document.activeElement?.closest('form')
    if (blank.length) void nextTick(() => focusFirstError(form))
    return blank.length > 0
  }
  return { busy, problem, run, lacks }
}
