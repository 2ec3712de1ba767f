import { number, t } from '../i18n'
import type { Page } from '../lib/resource'

/** How many match, as far as they were counted; what is shown where nobody counted. */
export function totalText(total: Page<unknown>['total'], shown: number): string {
  if (total?.capped) return t('list.total_capped', { n: number(total.count) })
  const n = total?.count ?? shown
  return t('list.total', { n: number(n) }, n)
}
