import type { CommandContext } from '../context.ts'
import { endpointText } from '../render/endpoint.ts'
import { describe } from './describe.ts'
import { type EndpointFlags, withEndpoint } from './found.ts'

export type ShowFlags = EndpointFlags

const ENDS =
  'The embedded workspace ends with this command: `verdigris endpoint invoke` scores in it, and `verdigris sandbox` is one that others can reach.'

/** Shows an endpoint and its deployments. */
export function showEndpoint(
  name: string,
  source: string | undefined,
  flags: ShowFlags,
  context: CommandContext,
): Promise<void> {
  return withEndpoint(name, source, flags, context, async (found) => {
    const endpoint = describe(found)
    const isJson = flags.output === 'json'
    context.say(isJson ? JSON.stringify(endpoint) : endpointText(endpoint, context.style))
    if (found.isEmbedded && !isJson) context.progress(ENDS)
  })
}
