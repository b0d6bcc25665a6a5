import { type AzureCloud, scopeOf } from '../../../core/model/azure-cloud.ts'
import { isObject, type Json, textIn } from '../../../core/model/json.ts'
import type { Live } from '../../../core/model/live.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../client.ts'
import { cloudErrorOf } from '../errors.ts'
import { pathOf } from '../paths.ts'
import type { RenewableCredential } from '../token.ts'
import { objectOf } from '../whole-body.ts'

/** What opens an endpoint: its two keys, or a token that ends at `expiresAt` (milliseconds since the epoch). */
export type EndpointCredentials =
  | { readonly form: 'keys'; readonly primaryKey: string; readonly secondaryKey: string }
  | { readonly form: 'token'; readonly accessToken: string; readonly expiresAt: number }

export interface CredentialSource {
  readonly client: ArmClient
  readonly credential: RenewableCredential
  readonly cloud: AzureCloud
  readonly now: () => number
}

/**
 * The credentials by which an endpoint's `authMode` lets callers in: listKeys, a token that Azure ML issues, or one of Entra for
 * the caller's own identity. Throws a CloudError.
 */
export async function credentialsOf(
  source: CredentialSource,
  endpoint: Live,
  signal: AbortSignal,
): Promise<EndpointCredentials> {
  const { properties } = endpoint.body
  const { authMode } = isObject(properties) ? properties : {}
  switch (textIn(authMode).toLowerCase()) {
    case 'key':
      return keysOf(await post(source, endpoint, 'listKeys', signal))
    case 'amltoken':
      return tokenIn(await post(source, endpoint, 'token', signal))
    case 'aadtoken':
      return entraToken(source)
    default:
      throw problem('The endpoint has a way of authorisation that is not known here.')
  }
}

/** The text that goes behind `Bearer`. */
export function bearerOf(credentials: EndpointCredentials): string {
  return credentials.form === 'keys' ? credentials.primaryKey : credentials.accessToken
}

type Answer = { readonly [name: string]: Json }

async function post(
  { client, now }: CredentialSource,
  { ref }: Live,
  action: 'listKeys' | 'token',
  signal: AbortSignal,
): Promise<Answer> {
  const response = await client.write('POST', `${pathOf(ref)}/${action}`, undefined, signal)
  if (response.status !== 200) throw cloudErrorOf(response, `POST ${action}`, now())
  return objectOf(response, `POST ${action}`)
}

function keysOf({ primaryKey, secondaryKey }: Answer): EndpointCredentials {
  return { form: 'keys', primaryKey: secretIn(primaryKey), secondaryKey: secretIn(secondaryKey) }
}

function tokenIn({ accessToken, expiryTimeUtc }: Answer): EndpointCredentials {
  if (typeof expiryTimeUtc !== 'number' || !Number.isSafeInteger(expiryTimeUtc * 1000))
    throw problem('Azure gave a token without the time at which it ends.')
  return { form: 'token', accessToken: secretIn(accessToken), expiresAt: expiryTimeUtc * 1000 }
}

async function entraToken({ credential, cloud }: CredentialSource): Promise<EndpointCredentials> {
  const token = await credential.getToken(scopeOf(cloud.mlAudience)).catch(() => null)
  if (token === null) throw problem(`No identity gave a token for scoring (${cloud.mlAudience}).`)
  const { expiresOnTimestamp: expiresAt } = token
  return { form: 'token', accessToken: secretIn(token.token), expiresAt }
}

/** A line break in a secret would be one in a header. */
function secretIn(value: Json | undefined): string {
  if (typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value)) return value
  throw problem('Azure gave no key or token for the endpoint.')
}

function problem(message: string): CloudError {
  return new CloudError({ reason: 'Unauthorized', message, errorClass: 'service', retry: 'Later' })
}
