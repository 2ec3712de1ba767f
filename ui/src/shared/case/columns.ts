/** The columns a list can show, in their order. The first always stays. */
export const COLUMNS = ['matter', 'state', 'promise', 'step_due', 'unit', 'place', 'category', 'channel', 'received', 'due', 'reporters'] as const
export type Column = (typeof COLUMNS)[number]
export const USUAL: readonly Column[] = ['matter', 'state', 'promise', 'place', 'category', 'received']

/** What was kept as columns, read with care. */
export function asColumns(kept: unknown, usual: readonly Column[] = USUAL): Column[] {
  return Array.isArray(kept) ? COLUMNS.filter((c) => c === 'matter' || kept.includes(c)) : [...usual]
}

const EXPORTED: Record<Column, string[]> = {
  matter: ['number', 'title', 'kind', 'urgency'],
  state: ['state'],
  promise: ['owner', 'next_step', 'next_due_at'],
  step_due: ['next_due_at'],
  unit: ['host_unit'],
  place: ['town', 'village', 'grid'],
  category: ['category'],
  channel: ['channel'],
  received: ['received_at'],
  due: ['due_at'],
  reporters: ['reporter_count', 'head_count'],
}

/** The columns of a file that hold what these columns show. */
export const exportColumns = (columns: readonly Column[]) => [...new Set(columns.flatMap((c) => EXPORTED[c]))].join(',')
