import { listed, t, te, word } from '../i18n'

/** What the words after a subject's colon are words of. */
const PARTS: Record<string, string> = { roles_of_account_set: 'role', token_made: 'permission', settings_changed: 'setting' }

/**
 * The subject of an access as people read it. The log keeps it in the product's own words ("roles of account 17 set: clerk"):
 * those without their numbers name the text, the numbers go into it. What is no such sentence (an address) is shown as it is.
 */
export function subjectText(subject: string): string {
  const filtered = /^(access log) (.+)$/.exec(subject)
  const [head = '', rest = ''] = filtered ? [filtered[1], filtered[2]] : subject.split(/: (.*)/s)
  const numbers = head.match(/\d+/g) ?? []
  const name = head.replace(/\d+/g, ' ').replace(/[^a-z]+/g, '_').replace(/^_|_$/g, '')
  const key = `log_subject.${name}`
  if (!/^[a-z0-9 ,;]+$/.test(head) || !te(key)) return subject
  return t(key, { n: numbers[0] ?? '', m: numbers[1] ?? '' }) + (rest ? t('common.colon') + restText(name, rest) : '')
}

function restText(name: string, rest: string): string {
  const group = PARTS[name]
  if (group) return listed(rest.split(' ').map((part) => word(group, part)))
  return name === 'access_log' ? rest : subjectText(rest)
}
