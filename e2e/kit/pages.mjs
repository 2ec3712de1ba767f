// Every page of the console and the duty that opens it.
import { settled } from './browser.mjs'

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
  { name: 'persons', path: '/persons', role: 'steward' },
  { name: 'overview', path: '/overview', role: 'leader' },
  { name: 'admin-units', path: '/admin/units', role: 'system_admin' },
  { name: 'admin-accounts', path: '/admin/accounts', role: 'system_admin' },
  { name: 'admin-categories', path: '/admin/categories', role: 'system_admin' },
  { name: 'admin-deadlines', path: '/admin/deadlines', role: 'system_admin' },
  { name: 'admin-routing', path: '/admin/routing', role: 'system_admin' },
  { name: 'admin-calendar', path: '/admin/calendar', role: 'system_admin' },
  { name: 'admin-grids', path: '/admin/grids', role: 'system_admin' },
  { name: 'admin-settings', path: '/admin/settings', role: 'system_admin' },
  { name: 'admin-tokens', path: '/admin/tokens', role: 'security_admin' },
  { name: 'admin-access-log', path: '/admin/access-log', role: 'audit_admin' },
  { name: 'me', path: '/me', role: 'liaison' },
  { name: 'not-found', path: '/no/such/page', role: 'clerk' },
  { name: 'forbidden', path: '/admin/units', role: 'clerk' },
  { name: 'case-not-found', path: '/cases/999999999', role: 'dispatcher' },
]

const press = (selector) => async (page) => {
  await page.locator(selector).first().click()
}
const dialog = (selector) => async (page) => {
  await press(selector)(page)
  await page.getByRole('dialog').first().waitFor()
}

/** Pages in a state that only a deed brings about: `path` and `role` as above, `first` (before) and `then` (on the page) do it. */
export const STATES = [
  { name: 'dark-home', path: '/', role: 'dispatcher', dark: true },
  { name: 'dark-case', path: ':case', role: 'dispatcher', dark: true },
  { name: 'dark-overview', path: '/overview', role: 'leader', dark: true },
  { name: 'dark-admin-deadlines', path: '/admin/deadlines', role: 'system_admin', dark: true },
  { name: 'on-paper-case', path: ':case', role: 'dispatcher', paper: true },
  { name: 'on-paper-print', path: ':case/print', role: 'dispatcher', paper: true },
  { name: 'work-dispatch', path: '/desk/dispatch', role: 'dispatcher', first: toDispatch, then: openNext },
  { name: 'work-unit', path: '/desk/unit', role: 'liaison', then: openNext },
  { name: 'work-cleaning', path: '/desk/cleaning', role: 'steward', then: openNext },
  { name: 'work-callback', path: '/desk/callback', role: 'operator', then: openNext },
  { name: 'work-review', path: '/desk/review', role: 'supervisor', then: openNext },
  { name: 'list-dispatch', path: '/desk/dispatch?view=list', role: 'dispatcher' },
  { name: 'list-unit', path: '/desk/unit?view=list', role: 'liaison' },
  { name: 'list-cleaning', path: '/desk/cleaning?view=list', role: 'steward' },
  { name: 'list-review', path: '/desk/review?view=list', role: 'supervisor' },
  { name: 'list-callback', path: '/desk/callback?view=list', role: 'operator' },
  { name: 'palette', path: '/', role: 'dispatcher', then: palette },
  { name: 'palette-admin', path: '/', role: 'system_admin', then: (page) => page.keyboard.press('Control+k') },
  { name: 'persons-empty', path: '/persons', role: 'steward', then: press('main form .btn-primary') },
  { name: 'action-form', path: ':case', role: 'dispatcher', then: openAction },
  { name: 'dialog-grid-import', path: '/admin/grids', role: 'system_admin', then: dialog('.page-head .btn') },
  { name: 'dialog-unit', path: '/admin/units', role: 'system_admin', then: dialog('.page-head .btn') },
  { name: 'dialog-account', path: '/admin/accounts', role: 'system_admin', then: dialog('.page-head .btn') },
  { name: 'dialog-rule', path: '/admin/deadlines', role: 'system_admin', then: dialog('tbody button') },
  { name: 'dialog-roles', path: '/admin/accounts', role: 'security_admin', then: dialog('tbody td > button') },
  { name: 'dialog-reset', path: '/admin/accounts', role: 'security_admin', then: resetPassword },
]

/** Sees that something waits for dispatching: an own registration, verified by those whose duty it is, would do; the demo has one mostly. */
async function toDispatch(page) {
  const waiting = await page.evaluate(async () => (await (await fetch('/api/v1/cases?desk=dispatch&limit=1')).json()).items.length)
  if (!waiting) process.stderr.write('work-dispatch: nothing waits on this desk just now\n')
}

/** The second case of a queue (the first lies open anyway on a wide screen), else the only one; with something written in its form. */
async function openNext(page) {
  const queue = page.locator('main ul li button, main ul li a, main tbody a').filter({ hasText: /620521-\d{8}-\d{4}|\p{Script=Han}{4}/u })
  const many = await queue.count()
  if (!many) return
  await queue.nth(Math.min(1, many - 1)).click()
  await settled(page)
  const text = page.locator('main textarea:visible').first()
  if (await text.count()) await text.fill('已与群众电话核实，情况属实。')
}

async function openAction(page) {
  const action = page.locator('.o-3 button[aria-expanded="false"]').first()
  if (await action.count()) await action.click()
}

async function palette(page) {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').first().fill('永清')
  await page.getByRole('option').first().waitFor()
}

async function resetPassword(page) {
  await press('tbody td .pop > button')(page)
  await page.locator('.panel .deed').nth(1).click()
  await page.getByRole('dialog').first().waitFor()
}

/** The path with a real case in it, asked from the API by the signed-in page. */
export async function resolvePath(page, path) {
  if (!path.startsWith(':case')) return path
  const id = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/cases?limit=1')
    return (await answer.json()).items[0].id
  })
  return path.replace(':case', `/cases/${id}`)
}
