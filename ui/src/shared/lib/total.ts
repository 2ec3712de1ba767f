import { number, t } from '../i18n'
import type { Page } from './resource'

/** How many match, as far as they were counted; what is shown where nobody counted. `of` says of what. */
export function totalText(total: Page<unknown>['total'], shown: number, of: 'list' | 'accounts' | 'log' = 'list'): string {
  if (total?.capped) return t(`${of}.total_capped`, { n: number(total.count) })
  const n = total?.count ?? shown
  return t(`${of}.total`, { n: number(n) }, n)
}
