import { createHash, timingSafeEqual } from 'node:crypto'
import type { EndpointView, Principal } from '../core/contract.ts'
import { type HttpResponse, textResponse } from '../http/message.ts'

/** Tells whose Entra token for scoring it is; undefined = none of ours, or out of time. */
export type PrincipalOf = (token: string) => Promise<Principal | undefined>

const scoreAction = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action'

/** Refuses a request that may not use the endpoint, in the words of ERRORS 7. undefined = it may. */
export async function refusalOf(
  endpoint: EndpointView,
  authorization: string | undefined,
  principalOf: PrincipalOf,
): Promise<HttpResponse | undefined> {
  const secret = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (!secret) return textResponse(401, 'key_auth_bad_header_forbidden')
  if (endpoint.authMode === 'AADToken') {
    return entraRefusal(authorization, await principalOf(secret), scoreAction)
  }
  const { primaryKey, secondaryKey } = endpoint.keys
  const accepted = endpoint.authMode === 'Key' ? [primaryKey, secondaryKey] : endpoint.tokens
  const isAccepted = accepted.some((one) => one !== '' && sameText(secret, one))
  return isAccepted ? undefined : textResponse(401, 'key_auth_access_denied')
}

/** Refuses a caller who shows an Entra token, unless it is good and allows the action. undefined = allowed. */
export function entraRefusal(
  authorization: string | undefined,
  principal: Principal | undefined,
  action: string,
): HttpResponse | undefined {
  if (!/^Bearer +\S+$/i.test(authorization ?? '')) {
    return textResponse(401, 'key_auth_bad_header_forbidden')
  }
  if (!principal) return textResponse(401, 'key_auth_access_denied')
  const allowed = principal.actions?.map((one) => one.toLowerCase())
  const wanted = action.toLowerCase()
  if (!allowed || allowed.some((one) => one === '*' || one === wanted)) return undefined
  return textResponse(
    403,
    'Microsoft Entra Token denied by policy, please review https://learn.microsoft.com/en-us/azure/machine-learning/how-to-authenticate-online-endpoint',
  )
}

function sameText(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
