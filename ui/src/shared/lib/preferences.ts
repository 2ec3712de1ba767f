import { shallowRef } from 'vue'
import { api, must, newClientId, type Schemas } from '../api/client'
import { asProblem, Problem } from '../api/problem'

/** What the signed-in person set for themselves; kept on the server, so that it is the same at every window. */
type Values = Schemas['Preferences']['values']

export const preferences = shallowRef<Values>({})
let version = 0
let asked: Promise<void> | undefined
let writing: Promise<unknown> = Promise.resolve()

function took(kept: Schemas['Preferences']) {
  version = kept.version
  preferences.value = kept.values
}

/** Asks once; without an answer everything stands as usual. */
export function loadPreferences(): Promise<void> {
  return (asked ??= must(api.GET('/api/v1/session/preferences')).then(took).catch(() => {
    asked = undefined
  }))
}

/** Another person signed in at this window. */
export function forgetPreferences() {
  asked = undefined
  version = 0
  preferences.value = {}
}

/** Changes one thing and keeps it; what another window changed meanwhile stays. */
export function setPreference<T>(name: string, change: (before: T | undefined) => T): Promise<Problem | undefined> {
  const send = async (): Promise<Problem | undefined> => {
    for (let turn = 0; turn < 3; turn += 1) {
      const values = { ...preferences.value, [name]: change(preferences.value[name] as T | undefined) } as Values
      try {
        took(await must(api.PUT('/api/v1/session/preferences', { params: { header: { 'Idempotency-Key': newClientId() } }, body: { version, values } })))
        return undefined
      } catch (e) {
        const problem = asProblem(e)
        if (problem.code !== 'version.conflict') return problem
        took(problem.current as Schemas['Preferences'])
      }
    }
    return new Problem(409, 'version.conflict')
  }
  const mine = writing.then(send)
  writing = mine
  return mine
}
