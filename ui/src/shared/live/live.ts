import { onScopeDispose, ref, shallowRef } from 'vue'
import type { Schemas } from '../api/client'

export type LiveCase = Schemas['LiveCase']

/** Changes by others since they were last looked at, the latest first, each case once. */
export const unseen = shallowRef<LiveCase[]>([])
/** Whether the connection stands; without it pages still work, they only learn of nothing. */
export const connected = ref(false)

type Listener = (changes: LiveCase[]) => void
const listeners = new Set<Listener>()
let source: EventSource | undefined

/** Puts new changes before the old ones; of one case only the latest stays, with all that happened. */
export function mergeChanges(old: LiveCase[], fresh: LiveCase[]): LiveCase[] {
  const byId = new Map(old.map((c) => [c.case_id, c]))
  for (const c of fresh) {
    const before = byId.get(c.case_id)
    byId.delete(c.case_id)
    byId.set(c.case_id, before ? { ...c, kinds: [...before.kinds, ...c.kinds] } : c)
  }
  const freshIds = new Set(fresh.map((c) => c.case_id))
  const all = [...byId.values()]
  return [...all.filter((c) => freshIds.has(c.case_id)).reverse(), ...all.filter((c) => !freshIds.has(c.case_id))].slice(0, 200)
}

function take(text: string) {
  const { changes } = JSON.parse(text) as Schemas['LiveChange']
  listeners.forEach((l) => l(changes))
  const others = changes.filter((c) => !c.mine)
  if (others.length) unseen.value = mergeChanges(unseen.value, others)
}

export function startLive() {
  stopLive()
  // The browser reconnects by itself and sends Last-Event-ID, so nothing is missed.
  source = new EventSource('/api/v1/live')
  source.addEventListener('changes', (e) => take((e as MessageEvent<string>).data))
  source.onopen = () => (connected.value = true)
  source.onerror = () => (connected.value = false)
}

export function stopLive() {
  source?.close()
  source = undefined
  connected.value = false
  unseen.value = []
}

export function clearUnseen() {
  unseen.value = []
}

/** Hears of changes while the component lives. It must not move what the user looks at: offer a button instead. */
export function useLive(listener: Listener) {
  listeners.add(listener)
  onScopeDispose(() => listeners.delete(listener))
}

/** What the page in front does when the user asks to see the news. */
const refreshers = new Set<() => void>()

export function useRefresh(run: () => void) {
  refreshers.add(run)
  onScopeDispose(() => refreshers.delete(run))
}

export function refreshPage() {
  clearUnseen()
  refreshers.forEach((run) => run())
}
