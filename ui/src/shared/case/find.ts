import { api, must, type Schemas } from '../api/client'

export type CaseRow = Schemas['CaseRow']

/** Cases by words or the beginning of a number. */
export async function findCases(q: string, limit = 20): Promise<CaseRow[]> {
  const { items } = await must(api.GET('/api/v1/search', { params: { query: { q, limit } } }))
  return items.map((hit) => hit.case)
}
