import type { Schemas } from '../api/client'
import { language } from '../i18n'

type Category = Schemas['CategoryName']
type Area = Schemas['AreaName']

/** The category's path in the language in use: "环境卫生 / 垃圾清运". */
export function categoryPath(c: Category | null | undefined): string {
  if (!c) return ''
  return (language.value === 'en' ? c.path_en : c.path_zh).join(language.value === 'en' ? ' / ' : ' / ')
}

export function categoryName(c: Category | null | undefined): string {
  return c ? (language.value === 'en' ? c.en : c.zh) : ''
}

/** The place from the town down. */
export function areaPath(areas: (Area | null | undefined)[]): string {
  return areas
    .filter((a): a is Area => Boolean(a) && a!.level !== 'county')
    .map((a) => a.name)
    // A grid is named after its village, a village at times after its town: said once is enough.
    .filter((name, i, all) => !all[i + 1]?.startsWith(name))
    .join(' ')
}
