import type { Schemas } from '../api/client'

/** What is out of the ordinary about the case of a page, as `CaseMarks` shows it: cards that stand, requests that wait. */
export function marksOf({ case: c, cards, overlays, whistles }: Schemas['CasePage']) {
  const standing = (level: string) => cards.filter((card) => card.level === level && !card.withdrawn_at).length
  return {
    urgency: c.urgency,
    confidentiality: c.confidentiality,
    suspended: c.suspended,
    supervision: c.supervision,
    round: c.round,
    yellow: standing('yellow'),
    red: standing('red'),
    waiting: [...new Set([...overlays.filter((o) => o.state === 'open').map((o) => o.kind), ...whistles.filter((w) => w.state === 'open').map(() => 'whistle')])],
  }
}

/** The town whose own whistle a case is: nobody stands behind it who could be told, and nobody is anonymous. */
export function whistlerOf({ case: c, reporters, whistles }: Schemas['CasePage']): string | undefined {
  return c.kind === 'whistle' && reporters.every((r) => r.anonymous && !r.phone) ? whistles[0]?.unit.name : undefined
}
