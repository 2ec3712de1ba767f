import { shallowRef } from 'vue'
import { api, must, type Schemas } from '@/shared/api/client'
import { can } from '@/shared/api/session'

export type DeskCount = Schemas['DeskCount']

/** What lies on each desk, for the numbers beside the navigation. */
export const desks = shallowRef<DeskCount[]>([])
let asked = 0

export async function loadDesks() {
  if (!can('case.read')) return
  const mine = (asked += 1)
  try {
    const answer = await must(api.GET('/api/v1/desks'))
    if (mine === asked) desks.value = answer.desks
  } catch {
    // The numbers are a courtesy: without them the navigation still works.
    desks.value = []
  }
}

export const deskCount = (desk: string | undefined) => (desk ? desks.value.find((d) => d.desk === desk) : undefined)
