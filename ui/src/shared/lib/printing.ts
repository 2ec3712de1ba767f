import { ref } from 'vue'

/** Whether the page is on its way to paper, where nobody knows what today was. */
export const printing = ref(false)

if (typeof window !== 'undefined' && typeof window.matchMedia === 'function') {
  const media = window.matchMedia('print')
  printing.value = media.matches
  media.addEventListener?.('change', (e) => (printing.value = e.matches))
  // The browser lays the paper out right after these; the change above may come too late for it.
  window.addEventListener('beforeprint', () => (printing.value = true))
  window.addEventListener('afterprint', () => (printing.value = media.matches))
}
