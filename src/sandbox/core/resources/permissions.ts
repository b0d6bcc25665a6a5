import type { Answer, Call } from '../call.ts'

/** Below the workspace, but answered by Azure's authorization service, which has API versions of its own. */
export const PERMISSIONS = 'providers/Microsoft.Authorization/permissions'

const VERSIONS = ['2018-07-01', '2022-04-01']

/** GET permissions: what the caller may do on this workspace. */
export function listPermissions({ principal, state }: Call): Answer {
  const isLimited = state.settings.requireRoles && principal.actions !== undefined
  const actions = isLimited ? [...(principal.actions ?? [])] : ['*']
  const permission = { actions, notActions: [], dataActions: [], notDataActions: [] }
  return { status: 200, body: { value: [permission] }, from: 'nobody' }
}

/** Everybody may ask what he himself may do, in a version of the service that answers it. */
export function isAnyonesToAsk({ type, apiVersion }: Call): boolean {
  return type === PERMISSIONS && VERSIONS.includes(apiVersion)
}
