import { createI18n, type LocaleMessages, type VueMessageType } from 'vue-i18n'
import { computed } from 'vue'

export type Language = 'zh' | 'en'
export const LANGUAGES: readonly Language[] = ['zh', 'en']

const KEY = 'onedoor.language'
const files: Record<Language, () => Promise<{ default: Messages }>> = {
  zh: () => import('./zh'),
  en: () => import('./en'),
}

type Messages = LocaleMessages<VueMessageType>

export const i18n = createI18n({ legacy: false, locale: 'zh', fallbackLocale: [], messages: {}, missingWarn: import.meta.env.DEV, fallbackWarn: false })

/** Outside components too: the words of the language in use. */
export const t = i18n.global.t
export const te = i18n.global.te

export const language = computed<Language>(() => (i18n.global.locale.value === 'en' ? 'en' : 'zh'))

export function keptLanguage(): Language {
  const kept = localStorage.getItem(KEY)
  if (kept === 'zh' || kept === 'en') return kept
  // Nobody chose yet: Chinese, unless the browser asks for English and for no Chinese.
  const asked = navigator.languages ?? []
  return asked.some((l) => l.startsWith('en')) && !asked.some((l) => l.startsWith('zh')) ? 'en' : 'zh'
}

export async function setLanguage(next: Language) {
  const { default: messages } = await files[next]()
  i18n.global.setLocaleMessage(next, messages)
  i18n.global.locale.value = next
  localStorage.setItem(KEY, next)
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en'
}

/** A word of the API (`state.closed`); an unknown one shows itself rather than nothing. */
export function word(group: string, value: string | null | undefined): string {
  if (!value) return ''
  const key = `${group}.${value}`
  return te(key) ? t(key) : value
}

/** The name of something that has one in both languages. */
export function named(x: { zh?: string | null; en?: string | null } | null | undefined): string {
  if (!x) return ''
  return (language.value === 'en' ? x.en || x.zh : x.zh || x.en) ?? ''
}

const digits = { zh: new Intl.NumberFormat('zh-CN'), en: new Intl.NumberFormat('en-GB') }

export function number(n: number): string {
  // A minus sign, not the hyphen of the keyboard: beside digits a hyphen is too short to be seen.
  return digits[language.value].format(n).replace('-', '−')
}

/** A share as a percentage with one digit; "–" where there is nothing to divide. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? '–' : `${(share * 100).toFixed(1)}%`
}

/** Several names one after the other, as the language separates them. */
export function listed(names: (string | null | undefined)[]): string {
  return names.filter(Boolean).join(language.value === 'en' ? ', ' : '、')
}
