import { onScopeDispose, ref, watch, type Ref } from 'vue'

const PREFIX = 'onedoor.draft.'
/** Drafts hold what a citizen told us: they leave the machine's memory after a working day. */
export const DRAFT_LIFE_MS = 12 * 3600_000

interface Kept<T> {
  at: number
  value: T
}

export function readDraft<T>(name: string, now: number, store: Storage = sessionStorage): T | undefined {
  const text = store.getItem(PREFIX + name)
  if (!text) return undefined
  try {
    const kept = JSON.parse(text) as Kept<T>
    if (now - kept.at < DRAFT_LIFE_MS) return kept.value
  } catch {
    // Unreadable: the same as none.
  }
  store.removeItem(PREFIX + name)
  return undefined
}

export function writeDraft<T>(name: string, value: T, now: number, store: Storage = sessionStorage) {
  store.setItem(PREFIX + name, JSON.stringify({ at: now, value } satisfies Kept<T>))
}

export function dropDraft(name: string, store: Storage = sessionStorage) {
  store.removeItem(PREFIX + name)
}

/** Forgets every draft, at sign-out: the next person at this machine sees none of them. */
export function dropAllDrafts(store: Storage = sessionStorage) {
  const names = Array.from({ length: store.length }, (_, i) => store.key(i)).filter((k): k is string => Boolean(k?.startsWith(PREFIX)))
  names.forEach((k) => store.removeItem(k))
}

/** Keeps a form's value under a name while it is being written. `restored` says that an earlier draft came back. */
export function useDraft<T extends object>(name: string, value: Ref<T>, isEmpty: (v: T) => boolean) {
  const restored = ref(false)
  const savedAt = ref<number>()
  const kept = readDraft<T>(name, Date.now())
  if (kept) {
    value.value = { ...value.value, ...kept }
    restored.value = true
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  function save() {
    clearTimeout(timer)
    timer = undefined
    if (isEmpty(value.value)) {
      dropDraft(name)
      savedAt.value = undefined
      return
    }
    savedAt.value = Date.now()
    writeDraft(name, value.value, savedAt.value)
  }
  const stop = watch(
    value,
    () => {
      clearTimeout(timer)
      timer = setTimeout(save, 400)
    },
    { deep: true },
  )
  onScopeDispose(() => {
    stop()
    if (timer !== undefined) save()
  })
  function discard() {
    clearTimeout(timer)
    timer = undefined
    dropDraft(name)
    restored.value = false
    savedAt.value = undefined
  }
  return { restored, savedAt, save, discard }
}
