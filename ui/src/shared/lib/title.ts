import { onScopeDispose, ref, watchEffect } from 'vue'

/** The title of a page that depends on what it shows (a case number); empty: the route's own title stands. */
export const pageTitle = ref('')

export function usePageTitle(title: () => string) {
  watchEffect(() => (pageTitle.value = title()))
  onScopeDispose(() => (pageTitle.value = ''))
}
