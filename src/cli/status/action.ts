import type { CommandContext } from '../context.ts'
import { understood } from '../controller/controller.ts'
import { fetchStandings } from '../controller/remote-status.ts'
import { CommandError } from '../errors.ts'
import { answerJson } from '../render/json.ts'
import { type Standing, statusText } from '../render/status.ts'
import type { OutputFormat, TargetFlags } from '../targets.ts'

export type StatusFlags = TargetFlags & { readonly output: OutputFormat; readonly url?: string }

/** Shows how things stand, as a running controller says or as a look of our own finds. */
export async function status(
  source: string | undefined,
  flags: StatusFlags,
  context: CommandContext,
): Promise<void> {
  const { url, output } = flags
  const draw = (standing: Standing): string => statusText(standing, context.style)
  async function look(): Promise<readonly Standing[]> {
    const seen = await standingsOf(source, flags, context)
    context.say(output === 'json' ? answerJson(seen) : seen.map(draw).join('\n\n'))
    return seen
  }
  const standings = await (url === undefined ? look() : understood(url, look))
  context.exit(standings.length > 0 && standings.every(isReady) ? 0 : 1)
}

async function standingsOf(
  source: string | undefined,
  flags: StatusFlags,
  context: CommandContext,
): Promise<readonly Standing[]> {
  if (flags.url === undefined) {
    const { lookWithAddresses } = await import('./addresses.ts')
    return lookWithAddresses(source, flags, context)
  }
  if (source !== undefined || flags.config !== undefined)
    throw new CommandError('Give --url or a source, not both: the controller knows its sources.')
  return fetchStandings(flags.url, flags.application, context)
}

function isReady({ conditions }: Standing): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
