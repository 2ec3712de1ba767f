import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { SLOW_MS } from './resource'

/** Whether something has been waited for longer than 300 ms: time for a skeleton. */
export function useSlow(waiting: () => boolean): Ref<boolean> {
  const slow = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    waiting,
    (is) => {
      clearTimeout(timer)
      slow.value = false
      if (is) timer = setTimeout(() => (slow.value = true), SLOW_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return slow
}
