/**
 * The chosen rows after one more was pressed: alone it is turned on or off; with a row chosen before, every row between
 * the two is turned on. The order is the list's.
 */
export function toggleRange(ids: readonly string[], chosen: readonly string[], from: string, to: string): string[] {
  const now = new Set(chosen)
  const [a, b] = [ids.indexOf(from), ids.indexOf(to)]
  if (a >= 0 && b >= 0) ids.slice(Math.min(a, b), Math.max(a, b) + 1).forEach((id) => now.add(id))
  else if (now.has(to)) now.delete(to)
  else now.add(to)
  return ids.filter((id) => now.has(id))
}
