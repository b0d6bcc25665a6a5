import { Command } from 'commander'
import type { CommandContext } from './context.ts'
import { type Lever, operator, pullByApi, pullHere } from './rollout/pull.ts'
import { answerText, checkTarget, withUrl } from './rollout.ts'
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
  readonly why: string
  readonly who: string
  readonly force?: true
  readonly timeout: number
}

const HELP = `
What Git declares and somebody else made, or whose tags of ownership were lost, is changed and deleted by nobody. This
command gives it to the Application that declares it: its tags are written, then it is brought to what Git says.
  verdigris adopt fraud --why "tags were lost"            the endpoint and its deployments
  verdigris adopt Model/fraud:3 --why "registered by hand"  one thing, by kind and name`

/** `adopt`: an Application takes over what it declares and somebody else keeps, or kept. */
export function adoptCommand(context: CommandContext): Command {
  const command = withTargets(
    new Command('adopt').argument('<what>', 'an endpoint, or Kind/name:version'),
  )
    .description('take over what Git declares and is not ours; exit 0 when it is done')
    .requiredOption('--why <text>', 'the reason, for those who look at it later')
    .option('--who <name>', 'who says so', operator())
    .option('--force', 'also from another Application that this controller keeps')
    .option('--timeout <seconds>', 'without --url: give up after this long', positiveNumber, 600)
    .addHelpText('after', HELP)
  return withOutput(withUrl(command)).action(
    async (what: string, source: string | undefined, flags: Flags) => {
      checkTarget(source, flags)
      const { who, why, url, application } = flags
      const forced = flags.force === true ? { isForced: true as const } : {}
      const lever: Lever = { verb: 'adopt', endpoint: what, who, why, ...forced }
      const answer =
        url === undefined
          ? await pullHere(lever, { source, flags }, context)
          : await pullByApi(lever, { url, application }, context)
      context.say(flags.output === 'json' ? JSON.stringify(answer) : answerText(answer, context))
      context.exit(answer.result === 'accepted' ? 0 : 1)
    },
  )
}
