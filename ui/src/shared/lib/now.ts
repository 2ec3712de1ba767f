import { onScopeDispose, ref, watch } from 'vue'
import { printing } from './printing'

/** The time for what is shown, renewed every half minute while anybody looks. */
const now = ref(Date.now())
// Paper bears the moment of printing.
watch(printing, () => (now.value = Date.now()), { flush: 'sync' })
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useNow() {
  users += 1
  now.value = Date.now()
  timer ??= setInterval(() => (now.value = Date.now()), 30_000)
  onScopeDispose(() => {
    users -= 1
    if (users) return
    clearInterval(timer)
    timer = undefined
  })
  return now
}
