/** The columns a list can show, in their order. The first always stays. */
export const COLUMNS = ['matter', 'state', 'promise', 'unit', 'place', 'category', 'channel', 'received', 'due', 'reporters'] as const
export type Column = (typeof COLUMNS)[number]
export const USUAL: readonly Column[] = ['matter', 'state', 'promise', 'place', 'category', 'received']

const key = (list: string) => `onedoor.columns.${list}`

export function readColumns(list: string, usual: readonly Column[] = USUAL): Column[] {
  try {
    const kept = JSON.parse(localStorage.getItem(key(list)) ?? 'null') as unknown
    if (Array.isArray(kept)) return COLUMNS.filter((c) => c === 'matter' || kept.includes(c))
  } catch {
    // Unreadable: the usual ones.
  }
  return [...usual]
}

export function writeColumns(list: string, columns: readonly Column[]) {
  localStorage.setItem(key(list), JSON.stringify(columns))
}
