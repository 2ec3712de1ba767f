import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { can, ready } from '@/shared/api/session'
import { routes } from './routes'

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

/** Only a path of this site: a link must not lead a fresh session elsewhere. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}

router.beforeEach((to) => {
  if (to.meta.public) return ready.value && to.name === 'sign-in' ? safeNext(to.query.next) : true
  if (!ready.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  const needs = to.meta.needs
  if (needs?.length && !can(...needs)) return { name: 'not-found', params: { path: to.path.slice(1).split('/') }, query: { why: 'permission', page: to.meta.title } }
  return true
})

/** A new page begins at its heading, for the keyboard and for screen readers. */
router.afterEach((to: RouteLocationNormalized, from: RouteLocationNormalized) => {
  if (to.path === from.path || !from.name) return
  void nextTick(() => {
    const main = document.getElementById('main')
    if (main && !main.contains(document.activeElement)) main.focus({ preventScroll: true })
  })
})
