import { ref, watch, type Ref } from 'vue'
import { api, must } from '../api/client'
import { useResource } from '../lib/resource'
import { useLive, useRefresh } from '../live/live'
import { loadDesks } from './desks'

/** One case with everything its page shows; tells when others changed it, and moves nothing by itself. */
export function useCase(id: Ref<string | undefined>) {
  const changed = ref(false)
  const resource = useResource(async (signal) => {
    const of = id.value
    if (!of) return undefined
    const page = await must(api.GET('/api/v1/cases/{id}', { params: { path: { id: of } }, signal }))
    changed.value = false
    return page
  })
  watch(
    id,
    () => {
      resource.data.value = undefined
      resource.problem.value = undefined
      changed.value = false
      void resource.load()
    },
    { immediate: true },
  )
  useLive((changes) => {
    const page = resource.data.value
    if (page && changes.some((c) => !c.mine && c.case_id === page.case.id && c.version > page.case.version)) changed.value = true
  })
  useRefresh(() => void resource.load())
  async function reload() {
    await resource.load()
    void loadDesks()
  }
  return { ...resource, changed, reload }
}
