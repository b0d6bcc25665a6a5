import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import { isObject, textIn } from '../../../core/model/values/json.ts'
import { type SecretAction, secretIn, secretsOf } from '../endpoints/credentials.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { objectOf } from '../http/whole-body.ts'
import { mlTokenOf, type RenewableCredential } from '../identity/token.ts'
import { obstacle } from './obstacles.ts'
import { scoringAddress } from './scoring.ts'

export interface AccessReading {
  readonly client: ArmClient
  readonly credential: RenewableCredential
  readonly now: () => number
  readonly cloud: AzureCloud
  readonly origin: string
}

/** An endpoint as its callers know it: where it is, and how to get in. */
export interface EndpointAccess {
  readonly url: string
  /** The bearer text; asked for again after a 401. */
  secret(): Promise<string>
  renew(): void
}

/** Where an endpoint is scored, and the way in that it asks for; a secret is read when it is asked for. Throws CloudError. */
export async function accessTo(
  reading: AccessReading,
  endpoint: string,
  signal: AbortSignal,
): Promise<EndpointAccess> {
  const what = `GET ${endpoint}`
  const response = await reading.client.get({ kind: 'OnlineEndpoint', name: endpoint }, signal)
  if (response.status !== 200) throw cloudErrorOf(response, what, reading.now())
  const { properties } = objectOf(response, what)
  const { scoringUri, authMode } = isObject(properties) ? properties : {}
  const url = scoringAddress(scoringUri, reading)
  const { credential } = reading
  switch (textIn(authMode).toLowerCase()) {
    case 'aadtoken':
      return {
        url,
        secret: async () => (await mlTokenOf(reading)).token,
        renew: () => credential.renew?.(),
      }
    case 'amltoken':
      return { url, secret: () => secretOf(reading, endpoint, 'token', signal), renew() {} }
    case 'key':
      return { url, secret: () => secretOf(reading, endpoint, 'listKeys', signal), renew() {} }
    default:
      throw obstacle('Refused', 'The endpoint has a way of authorisation that is not known here.')
  }
}

async function secretOf(
  reading: AccessReading,
  name: string,
  action: SecretAction,
  signal: AbortSignal,
): Promise<string> {
  const body = await secretsOf(reading, { kind: 'OnlineEndpoint', name }, action, signal)
  return secretIn(action === 'token' ? body.accessToken : body.primaryKey)
}
