import { Command, Option } from 'commander'
import { INTENT_VERBS, type IntentVerb } from '../../core/model/rollout.ts'
import type { CommandContext } from '../context.ts'
import { withOperator, withOutput, withTargets, withUrl } from '../targets.ts'
import type { LeverFlags, RolloutStatusFlags } from './action.ts'

const DOES: { readonly [Verb in IntentVerb]: string } = {
  promote: 'end the wait of the step in force, or the bake, and go on',
  pause: 'hold it at its step; a failed analysis still takes it back',
  resume: 'let a paused one go on; its step begins anew',
  abort: 'take all traffic back to the stable revision, in one write',
  retry: 'try a revision again that was aborted, or a deployment that did not come up',
  undo: 'go back to the earlier revision that is kept warm, in one write',
}

/** `rollout`: how rollouts stand, and the levers that move them. */
export function rolloutCommand(context: CommandContext): Command {
  const command = new Command('rollout').description(
    'show rollouts, and promote, pause, resume, abort, retry or undo one',
  )
  // The names of its commands and what they take leave little room beside them.
  command.configureHelp({ minWidthToWrap: 20 })
  const levers = INTENT_VERBS.toReversed().map((verb) => leverCommand(verb, context))
  for (const one of [statusCommand(context), ...levers]) command.addCommand(one.exitOverride())
  return command
}

function statusCommand(context: CommandContext): Command {
  const command = withTargets(
    new Command('status').argument(
      '[endpoint]',
      'only this one; a lone argument is the source, unless --url or --config is given',
    ),
  )
    .description('show steps, weights and evidence of all rollouts, or of one')
    .option('--watch', 'go on showing until they are over; exit 1 when one was rolled back')
    .addOption(
      new Option(
        '--samples',
        'also the numbers behind the last verdicts, with the queries, also of a rollout that is over',
      ).conflicts('watch'),
    )
  return withOutput(withUrl(command)).action(
    async (first: string | undefined, second: string | undefined, flags: RolloutStatusFlags) => {
      const { rolloutStatus } = await import('./action.ts')
      await rolloutStatus(first, second, flags, context)
    },
  )
}

function leverCommand(verb: IntentVerb, context: CommandContext): Command {
  const command = withTargets(
    new Command(verb).argument('<endpoint>', 'the endpoint whose rollout is meant'),
  )
    .description(`${DOES[verb]}; exit 0 when it is done, 1 when it is refused or not done yet`)
    .option('--why <text>', 'the reason, for those who look at it later', '')
    .option(
      '--of <hash>',
      'the revision that is meant, as `status` shows it: of another one it is refused',
    )
  return withOutput(withUrl(withOperator(command))).action(
    async (endpoint: string, source: string | undefined, flags: LeverFlags) => {
      const { pullLever } = await import('./action.ts')
      const { who, why, of: revision } = flags
      const meant = revision === undefined ? {} : { revision }
      await pullLever({ verb, endpoint, who, why, ...meant }, source, flags, context)
    },
  )
}
