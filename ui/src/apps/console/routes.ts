import type { RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Locale key of the page's title. */
    title?: string
    /** Any of these opens the page; absent: whoever is signed in. */
    needs?: string[]
    /** Without the shell around it. */
    bare?: boolean
    /** Without signing in. */
    public?: boolean
  }
}

const page = (path: string, name: string, needs: string[], component: RouteRecordRaw['component']): RouteRecordRaw =>
  ({ path, name, component, meta: { title: `nav.${name.replaceAll('-', '_')}`, needs } }) as RouteRecordRaw

const CASES = ['case.read']

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./features/signin/SignInPage.vue'), meta: { title: 'nav.sign_in', bare: true, public: true } },
  { path: '/', name: 'home', component: () => import('./features/home/HomePage.vue'), meta: { title: 'nav.home' } },
  page('/register/window', 'register-window', ['case.register'], () => import('./features/register/WindowPage.vue')),
  page('/register/hotline', 'register-hotline', ['case.register'], () => import('./features/register/HotlinePage.vue')),
  page('/desk/cleaning', 'desk-cleaning', ['case.verify'], () => import('./features/cleaning/CleaningPage.vue')),
  page('/desk/dispatch', 'desk-dispatch', ['case.dispatch', 'case.decide'], () => import('./features/dispatch/DispatchPage.vue')),
  page('/desk/unit', 'desk-unit', ['case.handle'], () => import('./features/unit/UnitPage.vue')),
  page('/desk/review', 'desk-review', ['case.review'], () => import('./features/review/ReviewPage.vue')),
  page('/desk/callback', 'desk-callback', ['case.callback'], () => import('./features/callback/CallbackPage.vue')),
  page('/desk/supervision', 'desk-supervision', ['supervision.read', 'case.supervise'], () => import('./features/supervision/SupervisionPage.vue')),
  page('/cases', 'cases', CASES, () => import('./features/cases/CasesPage.vue')),
  page('/mine', 'mine', CASES, () => import('./features/cases/MinePage.vue')),
  page('/cases/:id', 'case', CASES, () => import('./features/case/CasePage.vue')),
  { path: '/cases/:id/print', name: 'case-print', component: () => import('./features/case/PrintPage.vue'), meta: { title: 'nav.case_print', needs: CASES, bare: true } },
  page('/search', 'search', CASES, () => import('./features/search/SearchPage.vue')),
  page('/persons', 'persons', ['person.lookup'], () => import('./features/person/PersonPage.vue')),
  page('/overview', 'overview', ['overview.read'], () => import('./features/overview/OverviewPage.vue')),
  page('/admin/units', 'admin-units', ['unit.manage'], () => import('./features/admin/units/UnitsPage.vue')),
  page('/admin/accounts', 'admin-accounts', ['account.manage', 'role.grant', 'account.secure'], () => import('./features/admin/accounts/AccountsPage.vue')),
  page('/admin/categories', 'admin-categories', ['rules.manage'], () => import('./features/admin/rules/CataloguePage.vue')),
  page('/admin/deadlines', 'admin-deadlines', ['rules.manage'], () => import('./features/admin/rules/DeadlinesPage.vue')),
  page('/admin/routing', 'admin-routing', ['rules.manage'], () => import('./features/admin/rules/RoutingPage.vue')),
  page('/admin/calendar', 'admin-calendar', ['rules.manage'], () => import('./features/admin/rules/CalendarPage.vue')),
  page('/admin/grids', 'admin-grids', ['territory.manage'], () => import('./features/admin/grids/GridsPage.vue')),
  page('/admin/access-log', 'admin-access-log', ['audit.read', 'log.verify'], () => import('./features/admin/log/AccessLogPage.vue')),
  page('/admin/settings', 'admin-settings', ['settings.manage'], () => import('./features/admin/settings/SettingsPage.vue')),
  page('/admin/tokens', 'admin-tokens', ['token.manage'], () => import('./features/admin/tokens/TokensPage.vue')),
  { path: '/me', name: 'me', component: () => import('./features/me/MePage.vue'), meta: { title: 'nav.me' } },
  { path: '/:path(.*)*', name: 'not-found', component: () => import('./features/home/NotFoundPage.vue'), meta: { title: 'nav.not_found' } },
]
