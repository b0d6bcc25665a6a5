import { Command } from 'commander'
import { INTENT_VERBS, type IntentVerb } from '../core/model/rollout.ts'
import type { CommandContext } from './context.ts'
import { CommandError } from './errors.ts'
import { answerJson } from './render/json.ts'
import { rolloutText } from './render/rollout.ts'
import { openLookout, type Sight } from './rollout/lookout.ts'
import { type Lever, type LeverAnswer, operator, pullByApi, pullHere } from './rollout/pull.ts'
import { watchRollouts } from './rollout/watch.ts'
import {
  type OutputFormat,
  positiveNumber,
  type TargetFlags,
  withOutput,
  withTargets,
} from './targets.ts'

type Flags = TargetFlags & {
  readonly output: OutputFormat
  readonly url?: string
}
type StatusFlags = Flags & { readonly watch?: true }
type LeverFlags = Flags & {
  readonly why: string
  readonly who: string
  readonly of?: string
  readonly timeout: number
}

const DOES: { readonly [Verb in IntentVerb]: string } = {
  promote: 'end the wait of the step in force, or the bake, and go on',
  pause: 'hold it at its step; a failed analysis still takes it back',
  resume: 'let a paused one go on; its step begins anew',
  abort: 'take all traffic back to the stable revision, in one write',
  retry: 'try a revision again that was aborted',
  undo: 'go back to the earlier revision that is kept warm, in one write',
}

/** `rollout`: how rollouts stand, and the levers that move them. */
export function rolloutCommand(context: CommandContext): Command {
  const command = new Command('rollout').description(
    'show rollouts, and promote, pause, resume, abort, retry or undo one',
  )
  const levers = INTENT_VERBS.toReversed().map((verb) => leverCommand(verb, context))
  for (const one of [statusCommand(context), ...levers]) command.addCommand(one.exitOverride())
  return command
}

function statusCommand(context: CommandContext): Command {
  const command = withTargets(
    new Command('status').argument('[endpoint]', 'only this one; a lone argument is the source'),
  )
    .description('show steps, weights and evidence of all rollouts, or of one')
    .option('--watch', 'go on showing until they are over; exit 1 when one was rolled back')
  return withOutput(withUrl(command)).action(
    async (first: string | undefined, second: string | undefined, flags: StatusFlags) => {
      const isKnown = flags.url !== undefined || flags.config !== undefined
      const [endpoint, source] =
        second === undefined && !isKnown ? [undefined, first] : [first, second]
      checkTarget(source, flags)
      const lookout = await openLookout({ source, endpoint, flags }, context)
      try {
        if (flags.watch) return context.exit(await watchRollouts(lookout, flags.output, context))
        context.say(drawn(await lookout.look(), flags.output, context))
      } finally {
        await lookout.close()
      }
    },
  )
}

function leverCommand(verb: IntentVerb, context: CommandContext): Command {
  const command = withTargets(
    new Command(verb).argument('<endpoint>', 'the endpoint whose rollout is meant'),
  )
    .description(`${DOES[verb]}; exit 0 when it is done, 1 when it is refused`)
    .option('--why <text>', 'the reason, for those who look at it later', '')
    .option('--who <name>', 'who says so', operator())
    .option(
      '--of <hash>',
      'the revision that is meant, as `status` shows it: of another one it is refused',
    )
    .option('--timeout <seconds>', 'without --url: give up after this long', positiveNumber, 600)
  return withOutput(withUrl(command)).action(
    async (endpoint: string, source: string | undefined, flags: LeverFlags) => {
      checkTarget(source, flags)
      const { who, why, of: revision } = flags
      const lever: Lever = {
        verb,
        endpoint,
        who,
        why,
        ...(revision === undefined ? {} : { revision }),
      }
      const answer =
        flags.url === undefined
          ? await pullHere(lever, { source, flags }, context)
          : await pullByApi(lever, { url: flags.url, application: flags.application }, context)
      context.say(flags.output === 'json' ? JSON.stringify(answer) : answerText(answer, context))
      context.exit(answer.result === 'accepted' ? 0 : 1)
    },
  )
}

export function withUrl(command: Command): Command {
  return command.option(
    '--url <address>',
    'by a running controller (http://127.0.0.1:9464); its token is read from VERDIGRIS_API_TOKEN or VERDIGRIS_API_TOKEN_FILE',
  )
}

export function checkTarget(
  source: string | undefined,
  { url, config }: { readonly url?: string; readonly config?: string },
): void {
  if (url !== undefined && (source !== undefined || config !== undefined))
    throw new CommandError('Give --url or a source, not both: the controller knows its sources.')
}

function drawn({ seen, now }: Sight, output: OutputFormat, { style }: CommandContext): string {
  if (output === 'json') return answerJson(seen)
  if (seen.length === 0) return 'No rollouts.'
  return seen.map((one) => rolloutText(one, now, style)).join('\n\n')
}

export function answerText(
  { endpoint, verb, result, message }: LeverAnswer,
  { style }: CommandContext,
) {
  const paint = { accepted: style.green, refused: style.red, pending: style.yellow }[result]
  return `${endpoint}: ${verb} ${paint(result)}. ${message}`
}
