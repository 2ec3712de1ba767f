import { computed, shallowRef } from 'vue'
import { dropAllDrafts } from '../lib/drafts'
import { forgetDirectory } from '../lib/directory'
import { forgetPreferences } from '../lib/preferences'
import { api, csrf, must, type Schemas } from './client'
import { Problem } from './problem'

export type Session = Schemas['SessionView']

export const session = shallowRef<Session>()

/** Signed in all the way: nothing (a code, a new password, a second factor) is asked for any more. */
export const ready = computed(() => session.value?.next === 'none')

export function take(next: Session | undefined) {
  if (next?.account.id !== session.value?.account.id) {
    forgetDirectory()
    forgetPreferences()
  }
  session.value = next
  csrf.value = next?.csrf ?? ''
}

/** Who is signed in, if anybody. */
export async function loadSession() {
  try {
    take(await must(api.GET('/api/v1/session')))
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) throw e
    take(undefined)
  }
}

export async function signOut() {
  try {
    await must(api.DELETE('/api/v1/session'))
  } finally {
    dropAllDrafts()
    take(undefined)
  }
}

/** Whether taking matters down is this person's duty, not only among what they may do. */
export const registers = computed(() => (session.value?.roles ?? []).some((r) => ['clerk', 'operator', 'grid_worker'].includes(r)))

/** Whether the signed-in person has one of these permissions. */
export function can(...permissions: string[]): boolean {
  const held: readonly string[] = session.value?.permissions ?? []
  return permissions.some((p) => held.includes(p))
}
