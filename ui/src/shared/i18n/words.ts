import { te, t } from '.'
import type { Problem } from '../api/problem'

/** The plain words of an error code; an unknown one still says something, and shows its code for the one who helps. */
export function errorText(code: string, extra: Record<string, unknown> = {}): string {
  const key = `error.${code}`
  return te(key) ? t(key, extra) : t('error.unknown', { code })
}

export function problemText(p: Problem): string {
  return errorText(p.code, p.extra)
}

/** What is wrong with one field, if anything. */
export function fieldError(p: Problem | undefined, field: string): string | undefined {
  const found = p?.fields.find((f) => f.field === field || f.field.startsWith(`${field}.`))
  return found ? errorText(found.code, p?.extra) : undefined
}
