/** One rule, category, day …: what people call it, and what is said of it, in their words. */
export interface Described {
  name: string
  facts: Record<string, string>
}

/** What a publication would change of one of them. */
export interface Change {
  key: string
  kind: 'added' | 'dropped' | 'changed'
  name: string
  /** Of a changed one: each fact that differs, before and after. */
  facts: { label: string; before: string; after: string }[]
}

function differing(before: Described, after: Described): Change['facts'] {
  const labels = new Set([...Object.keys(before.facts), ...Object.keys(after.facts)])
  return [...labels].map((label) => ({ label, before: before.facts[label] ?? '', after: after.facts[label] ?? '' })).filter((f) => f.before !== f.after)
}

/** The differences between two described bodies, in the order of the new one, dropped ones last. */
export function changesOf(before: Map<string, Described>, after: Map<string, Described>): Change[] {
  const changes: Change[] = []
  for (const [key, now] of after) {
    const was = before.get(key)
    if (!was) changes.push({ key, kind: 'added', name: now.name, facts: [] })
    else {
      const facts = differing(was, now)
      if (facts.length || was.name !== now.name) changes.push({ key, kind: 'changed', name: now.name, facts })
    }
  }
  for (const [key, was] of before) if (!after.has(key)) changes.push({ key, kind: 'dropped', name: was.name, facts: [] })
  return changes
}
