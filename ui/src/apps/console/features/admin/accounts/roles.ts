import type { Schemas } from '@/shared/api/client'

export type Role = Schemas['Role']

export const ROLES: Role[] = ['clerk', 'operator', 'steward', 'dispatcher', 'liaison', 'supervisor', 'leader', 'grid_worker', 'mediator', 'system_admin', 'security_admin', 'audit_admin']
