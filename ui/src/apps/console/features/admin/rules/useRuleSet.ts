import { computed, ref, shallowRef } from 'vue'
import { api, must, useClientId, type Schemas } from '@/shared/api/client'
import { useCommand, useResource } from '@/shared/lib/resource'

export type Kind = Schemas['RuleKind']

/** One kind of rule set: the version in force, a copy to edit, the versions before, publishing. */
export function useRuleSet<Body extends object>(kind: Kind) {
  const body = ref<Body>()
  const before = ref('')
  const shown = shallowRef<number>()
  /** The body in force, to hold an older one against. */
  const current = shallowRef<Body>()
  const view = useResource(async (signal) => {
    const answer = await must(api.GET('/api/v1/rule-sets/{kind}', { params: { path: { kind }, query: { version: shown.value } }, signal }))
    const copy = structuredClone(answer.body) as Body
    body.value = copy
    before.value = JSON.stringify(copy)
    if (shown.value === undefined) current.value = structuredClone(answer.body) as Body
    return answer
  })
  const versions = useResource((signal) => must(api.GET('/api/v1/rule-sets/{kind}/versions', { params: { path: { kind } }, signal })))
  const command = useCommand()
  const id = useClientId()
  const dirty = computed(() => Boolean(body.value) && JSON.stringify(body.value) !== before.value)
  /** The body as it was before any change here. */
  const was = computed(() => (before.value ? (JSON.parse(before.value) as Body) : undefined))
  const inForce = computed(() => versions.data.value?.items.find((v) => v.in_force)?.version)

  async function load() {
    await Promise.all([view.load(), versions.load()])
  }
  async function show(version: number | undefined) {
    shown.value = version
    await view.load()
  }
  /** Publishes what stands in the copy; `version` is the one it was made from, so nobody's change is lost. */
  async function publish(note: string, text?: string) {
    const version = view.data.value?.version ?? 0
    const content = text === undefined ? { body: body.value } : { text }
    const sent = { version, note, ...content } as Schemas['PublishBody']
    const header = { 'Idempotency-Key': id.for(sent) }
    const done = await command.run(() => must(api.POST('/api/v1/rule-sets/{kind}', { params: { path: { kind }, header }, body: sent })))
    if (!done) return false
    shown.value = undefined
    await load()
    return true
  }
  return { view, versions, body, was, current, dirty, inForce, shown, busy: command.busy, refused: command.problem, load, show, publish }
}
