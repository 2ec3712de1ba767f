import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  to?: string
  linkText?: string
}

export const toasts = ref<Toast[]>([])
let last = 0

/** Says briefly that something was done. What must be read is never a toast. */
export function toast(text: string, link?: { to: string; text: string }) {
  const id = (last += 1)
  toasts.value = [...toasts.value.slice(-2), { id, text, to: link?.to, linkText: link?.text }]
  setTimeout(() => dropToast(id), 6000)
}

export function dropToast(id: number) {
  toasts.value = toasts.value.filter((x) => x.id !== id)
}
