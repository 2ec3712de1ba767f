import { listed, t, te, word } from '../i18n'
import { dayTime } from './time'

/** What the words after a subject's colon are words of. */
const PARTS: Record<string, string> = { roles_of_account_set: 'role', token_made: 'permission', settings_changed: 'setting' }

/**
 * The subject of an access as people read it. The log keeps it in the product's own words ("roles of account 17 set: clerk"):
 * those without their numbers name the text, the numbers go into it, or the names that belong to them. What is no such sentence (an address) is shown as it is.
 */
export function subjectText(subject: string, names: Record<string, string> = {}): string {
  const filtered = /^(access log) (.+)$/.exec(subject)
  const [head = '', rest = ''] = filtered ? [filtered[1], filtered[2]] : subject.split(/: (.*)/s)
  const numbers = head.match(/\d+/g) ?? []
  const name = head.replace(/\d+/g, ' ').replace(/[^a-z]+/g, '_').replace(/^_|_$/g, '')
  const key = `log_subject.${name}`
  if (!/^[a-z0-9 ,;]+$/.test(head) || !te(key)) return subject
  const named = numbers.map((id) => names[id] ?? id)
  return t(key, { n: named[0] ?? '', m: named[1] ?? '' }) + (rest ? t('common.colon') + restText(name, rest, names) : '')
}

/** What the log was narrowed to: "outcome=refused from=2026-11-22T16:00:00Z". */
function filtersText(filters: string, names: Record<string, string>): string {
  const told = filters.split(' ').map((filter) => {
    const [name = '', value = ''] = filter.split(/=(.*)/s)
    if (!te(`log.${name}`)) return filter
    const group = { action: 'access', outcome: 'outcome' }[name]
    const text = group ? word(group, value) : name === 'from' || name === 'until' ? dayTime(value) : (names[value] ?? value)
    return `${t(`log.${name}`)} ${text}`
  })
  return listed(told)
}

function restText(name: string, rest: string, names: Record<string, string>): string {
  const group = PARTS[name]
  if (group) return listed(rest.split(' ').map((part) => word(group, part)))
  return name === 'access_log' ? filtersText(rest, names) : subjectText(rest, names)
}
