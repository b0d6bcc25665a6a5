import type { Answer, Call } from '../call.ts'
import { workspaceId } from '../call.ts'
import type { ArmRequest } from '../contract.ts'
import { gatewayError } from '../errors.ts'
import type { Settings } from '../options.ts'

/** ARM's 401 for a request without a valid token, with the challenge that names the tenant. */
export function unauthenticated(settings: Settings, request: ArmRequest): Answer {
  const isMissing = request.headers.authorization === undefined
  const code = isMissing ? 'AuthenticationFailed' : 'InvalidAuthenticationToken'
  const message = isMissing
    ? "Authentication failed. The 'Authorization' header is missing."
    : 'The access token is invalid.'
  const description = isMissing
    ? "The authentication failed because of missing 'Authorization' header."
    : 'The access token is invalid.'
  const challenge = `Bearer authorization_uri="${settings.loginOrigin}/${settings.tenantId}", error="invalid_token", error_description="${description}"`
  return { ...gatewayError(401, code, message), headers: { 'WWW-Authenticate': challenge } }
}

/** ARM's 403 when the principal's actions lack the one needed; undefined = allowed. */
export function unauthorized(call: Call, action: string): Answer | undefined {
  const { principal, state } = call
  const needed = `Microsoft.MachineLearningServices/${action}`
  if (!state.settings.requireRoles || principal.actions === undefined) return undefined
  if (principal.actions.some((pattern) => covers(pattern, needed))) return undefined
  const who = `The client '${principal.objectId}' with object id '${principal.objectId}'`
  const scope = call.address.path === '' ? workspaceId(state) : call.address.path
  return gatewayError(
    403,
    'AuthorizationFailed',
    `${who} does not have authorization to perform action '${needed}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  )
}

/** Azure's action patterns: `*` stands for any text, case does not count. */
function covers(pattern: string, action: string): boolean {
  const parts = pattern.toLowerCase().split('*')
  const escaped = parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`).test(action.toLowerCase())
}
