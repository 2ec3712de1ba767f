import { ref } from 'vue'
import { applyTints, type Brand, DEFAULT_BRAND } from './brand'

export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'onedoor.theme'
const media = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : undefined

export const brand = ref<Brand>(DEFAULT_BRAND)
export const theme = ref<Theme>('auto')
export const isDark = ref(false)

function apply() {
  isDark.value = theme.value === 'dark' || (theme.value === 'auto' && Boolean(media?.matches))
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light'
  document.documentElement.classList.toggle('dark', isDark.value)
  applyTints(brand.value.color, isDark.value)
}

export function setTheme(next: Theme) {
  theme.value = next
  localStorage.setItem(KEY, next)
  apply()
}

/** Reads the county's brand (a small file beside the page) and the person's theme; a missing file leaves the defaults. */
export async function startTheme() {
  const kept = localStorage.getItem(KEY)
  if (kept === 'light' || kept === 'dark') theme.value = kept
  media?.addEventListener('change', apply)
  apply()
  try {
    const answer = await fetch('/brand.json')
    if (answer.ok) brand.value = { ...DEFAULT_BRAND, ...((await answer.json()) as Partial<Brand>) }
  } catch {
    return
  }
  apply()
}
