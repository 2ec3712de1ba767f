/**
 * Which case comes after a deed: the same one while it still lies on the desk, otherwise the one that took its
 * place, otherwise the last one; nothing when the desk is empty.
 */
export function nextInQueue(before: string[], after: string[], id: string): string | undefined {
  if (after.includes(id)) return id
  const at = before.indexOf(id)
  const later = before.slice(at + 1).find((x) => after.includes(x))
  if (later) return later
  return after[Math.min(Math.max(at, 0), after.length - 1)]
}
