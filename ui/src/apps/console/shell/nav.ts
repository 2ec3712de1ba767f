import { BellRing, Building2, CalendarDays, ChartColumn, ClipboardCheck, FileClock, FileSearch, Grid3x3, Headset, Inbox, KeyRound, ListFilter, PhoneCall, Route, ScrollText, Send, Settings2, Stamp, Tags, UserRoundPlus, UserSearch, Users, Wrench } from '@lucide/vue'
import type { Component } from 'vue'

export interface NavItem {
  name: string
  path: string
  icon: Component
  needs: string[]
  /** The desk whose count stands beside it. */
  desk?: string
  /** Second key after "g". */
  key?: string
}

export interface NavGroup {
  label: string
  items: NavItem[]
}

const item = (name: string, path: string, icon: Component, needs: string[], more: Partial<NavItem> = {}): NavItem => ({ name, path, icon, needs, ...more })

/** Navigation by duty: what one does, in the order of the work. */
export const NAV: NavGroup[] = [
  {
    label: 'nav.group_register',
    items: [
      item('register-hotline', '/register/hotline', Headset, ['case.register'], { key: 'h' }),
      item('register-window', '/register/window', UserRoundPlus, ['case.register'], { key: 'w' }),
    ],
  },
  {
    label: 'nav.group_desks',
    items: [
      item('desk-cleaning', '/desk/cleaning', ListFilter, ['case.verify'], { desk: 'cleaning', key: 'c' }),
      item('desk-dispatch', '/desk/dispatch', Send, ['case.dispatch', 'case.decide'], { desk: 'dispatch', key: 'd' }),
      item('desk-unit', '/desk/unit', Wrench, ['case.handle'], { desk: 'unit', key: 'u' }),
      item('desk-review', '/desk/review', ClipboardCheck, ['case.review'], { desk: 'review', key: 'r' }),
      item('desk-callback', '/desk/callback', PhoneCall, ['case.callback'], { desk: 'callback', key: 'b' }),
      item('desk-supervision', '/desk/supervision', BellRing, ['supervision.read', 'case.supervise'], { key: 's' }),
    ],
  },
  {
    label: 'nav.group_look',
    items: [
      item('overview', '/overview', ChartColumn, ['overview.read'], { key: 'o' }),
      item('cases', '/cases', Inbox, ['case.read'], { key: 'a' }),
      item('mine', '/mine', Stamp, ['case.register'], { key: 'm' }),
      item('search', '/search', FileSearch, ['case.read'], { key: '/' }),
      item('persons', '/persons', UserSearch, ['person.lookup']),
    ],
  },
  {
    label: 'nav.group_admin',
    items: [
      item('admin-units', '/admin/units', Building2, ['unit.manage']),
      item('admin-accounts', '/admin/accounts', Users, ['account.manage', 'role.grant', 'account.secure']),
      item('admin-categories', '/admin/categories', Tags, ['rules.manage']),
      item('admin-deadlines', '/admin/deadlines', FileClock, ['rules.manage']),
      item('admin-routing', '/admin/routing', Route, ['rules.manage']),
      item('admin-calendar', '/admin/calendar', CalendarDays, ['rules.manage']),
      item('admin-grids', '/admin/grids', Grid3x3, ['territory.manage']),
      item('admin-settings', '/admin/settings', Settings2, ['settings.manage']),
      item('admin-tokens', '/admin/tokens', KeyRound, ['token.manage']),
      item('admin-access-log', '/admin/access-log', ScrollText, ['audit.read']),
    ],
  },
]

export const navKey = (name: string) => `nav.${name.replaceAll('-', '_')}`

/** The groups and entries that these permissions open. */
export function navFor(can: (...p: string[]) => boolean, registers = true): NavGroup[] {
  const [register, desks, look, ...rest] = NAV as [NavGroup, NavGroup, NavGroup, ...NavGroup[]]
  // Whose duty is another has their own desk first.
  return (registers ? NAV : [desks, look, register, ...rest]).map((g) => ({ ...g, items: g.items.filter((i) => can(...i.needs)) })).filter((g) => g.items.length)
}
