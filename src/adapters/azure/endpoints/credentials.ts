import type { AzureCloud } from '../../../core/model/azure-cloud.ts'
import type { Live } from '../../../core/model/live.ts'
import type { Ref } from '../../../core/model/ref.ts'
import { isObject, type Json, textIn } from '../../../core/model/values/json.ts'
import { CloudError } from '../../../reconcile/ports.ts'
import type { ArmClient } from '../http/client.ts'
import { cloudErrorOf } from '../http/errors.ts'
import { objectOf } from '../http/whole-body.ts'
import { mlTokenOf, type RenewableCredential } from '../identity/token.ts'
import { pathOf } from '../paths.ts'

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
      return keysOf(await secretsOf(source, endpoint.ref, 'listKeys', signal))
    case 'amltoken':
      return tokenIn(await secretsOf(source, endpoint.ref, 'token', signal))
    case 'aadtoken':
      return entraToken(source)
    default:
      throw problem(
        'Unauthorized',
        'The endpoint has a way of authorisation that is not known here.',
      )
  }
}

/** The text that goes behind `Bearer`. */
export function bearerOf(credentials: EndpointCredentials): string {
  return credentials.form === 'keys' ? credentials.primaryKey : credentials.accessToken
}

type Answer = { readonly [name: string]: Json }

export type SecretAction = 'listKeys' | 'token'

/** What Azure answers when it is asked for an endpoint's keys, or for a token of its own. Throws a CloudError. */
export async function secretsOf(
  { client, now }: Pick<CredentialSource, 'client' | 'now'>,
  endpoint: Ref,
  action: SecretAction,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await client.write('POST', `${pathOf(endpoint)}/${action}`, undefined, signal)
  if (response.status !== 200) throw cloudErrorOf(response, `POST ${action}`, now())
  return objectOf(response, `POST ${action}`)
}

function keysOf({ primaryKey, secondaryKey }: Answer): EndpointCredentials {
  return { form: 'keys', primaryKey: secretIn(primaryKey), secondaryKey: secretIn(secondaryKey) }
}

function tokenIn({ accessToken, expiryTimeUtc }: Answer): EndpointCredentials {
  if (typeof expiryTimeUtc !== 'number' || !Number.isSafeInteger(expiryTimeUtc * 1000))
    throw problem('Unauthorized', 'Azure gave a token without the time at which it ends.')
  return { form: 'token', accessToken: secretIn(accessToken), expiresAt: expiryTimeUtc * 1000 }
}

async function entraToken(source: CredentialSource): Promise<EndpointCredentials> {
  const { token, expiresOnTimestamp: expiresAt } = await mlTokenOf(source)
  return { form: 'token', accessToken: secretIn(token), expiresAt }
}

/** A key or token, fit for a header: a line break in it would be one there. Throws a CloudError. */
export function secretIn(value: Json | undefined): string {
  if (typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value)) return value
  throw problem('Unauthorized', 'Azure gave no key or token for the endpoint.')
}

function problem(reason: string, message: string): CloudError {
  return new CloudError({ reason, message, errorClass: 'service', retry: 'Later' })
}
