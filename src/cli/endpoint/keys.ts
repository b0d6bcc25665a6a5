import type { EndpointCredentials } from '../../compose.ts'
import type { CommandContext } from '../context.ts'
import { CommandError } from '../errors.ts'
import { type EndpointFlags, withEndpoint } from './found.ts'

type Which = 'primary' | 'secondary'

export type KeysFlags = EndpointFlags & { readonly key?: Which }

/** Prints the keys of an endpoint, or a token where it has none. */
export function showKeys(
  name: string,
  source: string | undefined,
  flags: KeysFlags,
  context: CommandContext,
): Promise<void> {
  return withEndpoint(name, source, flags, context, async ({ client, endpoint }) => {
    const credentials = await client.credentials(endpoint, context.signal)
    if (flags.key !== undefined) context.say(keyIn(credentials, flags.key, endpoint.ref.name))
    else if (flags.output === 'json') context.say(jsonOf(credentials))
    else context.say(textOf(credentials))
  })
}

function keyIn(credentials: EndpointCredentials, which: Which, endpoint: string): string {
  if (credentials.form === 'keys')
    return which === 'primary' ? credentials.primaryKey : credentials.secondaryKey
  throw new CommandError(
    `${endpoint} has no keys, its callers show tokens: leave out --key, and one is printed.`,
  )
}

function textOf(credentials: EndpointCredentials): string {
  if (credentials.form === 'keys')
    return `primary    ${credentials.primaryKey}\nsecondary  ${credentials.secondaryKey}`
  return `token    ${credentials.accessToken}\nexpires  ${isoOf(credentials.expiresAt)}`
}

function jsonOf(credentials: EndpointCredentials): string {
  const { form: _, ...fields } = credentials
  if (!('expiresAt' in fields)) return JSON.stringify(fields)
  return JSON.stringify({ ...fields, expiresAt: isoOf(fields.expiresAt) })
}

function isoOf(instant: number): string {
  return new Date(instant).toISOString()
}
