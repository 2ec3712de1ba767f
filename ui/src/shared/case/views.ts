import { computed } from 'vue'
import { loadPreferences, preferences, setPreference } from '../lib/preferences'
import type { Problem } from '../api/problem'
import { problemText } from '../i18n/words'
import { toast } from '../ui/toasts'
import { asColumns, type Column } from './columns'
import type { Filters } from './filters'

/** A view somebody saved for a list: what is asked for and what is shown. */
export interface SavedView {
  name: string
  filters: Filters
  columns?: Column[]
}

const toastProblem = (p: Problem | undefined) => p && toast(problemText(p))

const isView = (v: unknown): v is SavedView => typeof v === 'object' && v !== null && typeof (v as SavedView).name === 'string' && typeof (v as SavedView).filters === 'object'
const asViews = (kept: unknown): SavedView[] => (Array.isArray(kept) ? kept.filter(isView) : [])

/** The saved views and columns of one list, of the signed-in person. */
export function useViews(list: string, usual?: readonly Column[]) {
  void loadPreferences()
  const views = computed(() => asViews(preferences.value[`views.${list}`]))
  const columns = computed<Column[]>({
    get: () => asColumns(preferences.value[`columns.${list}`], usual),
    set: (next) => {
      const name = `columns.${list}`
      // Shown at once; the server keeps it a moment later.
      preferences.value = { ...preferences.value, [name]: next }
      void setPreference(name, () => next).then(toastProblem)
    },
  })
  const change = async (next: (before: SavedView[]) => SavedView[]) => toastProblem(await setPreference<SavedView[]>(`views.${list}`, (before) => next(asViews(before))))
  return {
    views,
    columns,
    keep: (view: SavedView) => change((before) => [...before.filter((v) => v.name !== view.name), view]),
    forget: (view: SavedView) => change((before) => before.filter((v) => v.name !== view.name)),
  }
}
