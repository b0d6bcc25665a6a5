import { Command } from 'commander'
import type { CommandContext } from './context.ts'
import { CommandError } from './errors.ts'
import { look } from './look.ts'
import { fetchStandings } from './remote-status.ts'
import { answerJson } from './render/json.ts'
import { type Standing, statusText } from './render/status.ts'
import { type OutputFormat, type TargetFlags, withOutput, withTargets } from './targets.ts'

type Flags = TargetFlags & { readonly output: OutputFormat; readonly url?: string }

/** `status`: how things stand, by a running controller or by a look of our own. Exit 0 when all is Ready, 1 otherwise. */
export function statusCommand(context: CommandContext): Command {
  const command = withTargets(new Command('status'))
    .description('show how things stand; exit 0 when everything is Ready, 1 otherwise')
    .option(
      '--url <address>',
      'ask a running controller (http://127.0.0.1:9464) instead of looking',
    )
  return withOutput(command).action(async (source: string | undefined, flags: Flags) => {
    const standings = await standingsOf(source, flags, context)
    const draw = (standing: Standing): string => statusText(standing, context.style)
    context.say(flags.output === 'json' ? answerJson(standings) : standings.map(draw).join('\n\n'))
    context.exit(standings.length > 0 && standings.every(isReady) ? 0 : 1)
  })
}

async function standingsOf(
  source: string | undefined,
  flags: Flags,
  context: CommandContext,
): Promise<readonly Standing[]> {
  if (flags.url === undefined) return look(source, flags, context)
  if (source !== undefined || flags.config !== undefined)
    throw new CommandError('Give --url or a source, not both: the controller knows its sources.')
  return fetchStandings(flags.url, flags.application, context.signal)
}

function isReady({ conditions }: Standing): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
