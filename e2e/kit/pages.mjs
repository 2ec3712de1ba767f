// Every page of the console and the duty that opens it.
export const PAGES = [
  { name: 'home', path: '/', role: 'dispatcher' },
  { name: 'register-window', path: '/register/window', role: 'clerk' },
  { name: 'register-hotline', path: '/register/hotline', role: 'operator' },
  { name: 'desk-cleaning', path: '/desk/cleaning', role: 'steward' },
  { name: 'desk-dispatch', path: '/desk/dispatch', role: 'dispatcher' },
  { name: 'desk-unit', path: '/desk/unit', role: 'liaison' },
  { name: 'desk-review', path: '/desk/review', role: 'supervisor' },
  { name: 'desk-callback', path: '/desk/callback', role: 'operator' },
  { name: 'desk-supervision', path: '/desk/supervision', role: 'supervisor' },
  { name: 'cases', path: '/cases', role: 'dispatcher' },
  { name: 'case', path: ':case', role: 'dispatcher' },
  { name: 'case-print', path: ':case/print', role: 'dispatcher' },
  { name: 'mine', path: '/mine', role: 'operator' },
  { name: 'search', path: '/search?q=路灯', role: 'dispatcher' },
  { name: 'overview', path: '/overview', role: 'leader' },
  { name: 'admin-units', path: '/admin/units', role: 'system_admin' },
  { name: 'admin-accounts', path: '/admin/accounts', role: 'system_admin' },
  { name: 'admin-categories', path: '/admin/categories', role: 'system_admin' },
  { name: 'admin-deadlines', path: '/admin/deadlines', role: 'system_admin' },
  { name: 'admin-routing', path: '/admin/routing', role: 'system_admin' },
  { name: 'admin-calendar', path: '/admin/calendar', role: 'system_admin' },
  { name: 'admin-grids', path: '/admin/grids', role: 'system_admin' },
  { name: 'admin-tokens', path: '/admin/tokens', role: 'security_admin' },
  { name: 'admin-access-log', path: '/admin/access-log', role: 'audit_admin' },
  { name: 'me', path: '/me', role: 'liaison' },
  { name: 'not-found', path: '/no/such/page', role: 'clerk' },
]

/** The path with a real case in it, asked from the API by the signed-in page. */
export async function resolvePath(page, path) {
  if (!path.startsWith(':case')) return path
  const id = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/cases?limit=1')
    return (await answer.json()).items[0].id
  })
  return path.replace(':case', `/cases/${id}`)
}
