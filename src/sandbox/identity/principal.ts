import type { Principal } from '../core/contract.ts'
import type { Client } from './authority.ts'
import type { TokenIssuer } from './tokens.ts'

export interface PrincipalSource {
  readonly issuer: TokenIssuer
  readonly clients: readonly Client[]
}

/** Who a token speaks for, if it is one of ours, in time, and made for an audience that is accepted. */
export async function principalOf(
  { issuer, clients }: PrincipalSource,
  token: string,
  accepts: (audience: string) => boolean,
): Promise<Principal | undefined> {
  const claims = await issuer.verify(token)
  if (!claims || !accepts(claims.audience)) return undefined
  const client = clients.find(({ clientId }) => clientId === claims.clientId)
  if (!client) return undefined
  const { objectId, actions } = client
  return actions ? { objectId, actions } : { objectId }
}
