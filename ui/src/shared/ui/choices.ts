/** One line of a list to choose from. */
export interface Choice<T extends string = string> {
  value: T
  label: string
  /** Said small at the right: a code, the unit above. */
  hint?: string
  /** Other words that find it. */
  keywords?: string
  depth?: number
}

/** The choices that hold every word typed; those that begin with the text come first. */
export function filterChoices<T extends string>(all: Choice<T>[], text: string, limit = 200): Choice<T>[] {
  const wanted = text.trim().toLowerCase()
  if (!wanted) return all.slice(0, limit)
  const words = wanted.split(/\s+/)
  const first: Choice<T>[] = []
  const rest: Choice<T>[] = []
  for (const c of all) {
    const hay = `${c.label} ${c.hint ?? ''} ${c.keywords ?? ''} ${c.value}`.toLowerCase()
    if (!words.every((w) => hay.includes(w))) continue
    ;(c.label.toLowerCase().startsWith(wanted) || c.value === wanted ? first : rest).push(c)
  }
  return [...first, ...rest].slice(0, limit)
}
