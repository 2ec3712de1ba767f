import { onMounted, onScopeDispose, ref } from 'vue'

/** A shortcut: keys as shown to people ("Ctrl+K", "g then c", "?"), the locale key of its meaning, what it does. */
export interface Shortcut {
  keys: string
  label: string
  run: (e: KeyboardEvent) => void
  /** Works while a field has the focus too. */
  always?: boolean
  /** Offered only while this holds. */
  when?: () => boolean
}

/** Every shortcut alive now, for the help list. */
export const shortcuts = ref<Shortcut[]>([])

const SEQUENCE_MS = 900
let pending = ''
let pendingAt = 0

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** The name of a key press, in the notation of `Shortcut.keys`. */
export function pressName(e: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = e.key.length === 1 ? (e.ctrlKey || e.metaKey || e.altKey ? e.key.toUpperCase() : e.key.toLowerCase()) : e.key
  const mods = [(e.ctrlKey || e.metaKey) && 'Ctrl', e.altKey && 'Alt', e.shiftKey && e.key.length > 1 && 'Shift'].filter(Boolean)
  return [...mods, key].join('+')
}

/** Finds the shortcut of a press; a two-key one ("g then c") is found at its second key. */
export function match(list: Shortcut[], name: string, now: number, typing: boolean): Shortcut | undefined {
  const usable = list.filter((s) => (!typing || s.always) && (s.when?.() ?? true))
  const inSequence = pending && now - pendingAt < SEQUENCE_MS ? usable.find((s) => s.keys === `${pending} then ${name}`) : undefined
  pending = ''
  if (inSequence) return inSequence
  const direct = usable.find((s) => s.keys === name)
  if (direct) return direct
  if (usable.some((s) => s.keys.startsWith(`${name} then `))) {
    pending = name
    pendingAt = now
  }
  return undefined
}

function onKey(e: KeyboardEvent) {
  if (e.defaultPrevented || e.isComposing) return
  // While a dialog is open, only its own keys work.
  const typing = isTyping(e.target)
  const modal = document.querySelector('dialog[open]')
  const found = match(shortcuts.value, pressName(e), e.timeStamp, typing || Boolean(modal))
  if (!found) return
  e.preventDefault()
  found.run(e)
}

export function listenToKeys() {
  window.addEventListener('keydown', onKey)
  return () => window.removeEventListener('keydown', onKey)
}

/** Offers shortcuts while the calling component lives. */
export function useShortcuts(list: Shortcut[]) {
  onMounted(() => (shortcuts.value = [...shortcuts.value, ...list]))
  onScopeDispose(() => (shortcuts.value = shortcuts.value.filter((s) => !list.includes(s))))
}
