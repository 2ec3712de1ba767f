import type { Unit } from '@/shared/lib/directory'

/** Units in the order of their tree, with their depth. A unit whose parent is not shown stands at the top. */
export function treeOf(all: Unit[]): { unit: Unit; depth: number }[] {
  const ids = new Set(all.map((u) => u.id))
  const under = new Map<string, Unit[]>()
  for (const u of all) {
    const key = u.parent_id && ids.has(u.parent_id) && u.parent_id !== u.id ? u.parent_id : ''
    under.set(key, [...(under.get(key) ?? []), u])
  }
  const out: { unit: Unit; depth: number }[] = []
  const seen = new Set<string>()
  const walk = (key: string, depth: number) => {
    for (const u of under.get(key) ?? []) {
      if (seen.has(u.id)) continue
      seen.add(u.id)
      out.push({ unit: u, depth })
      walk(u.id, depth + 1)
    }
  }
  walk('', 0)
  return out
}
