import type { CommandContext } from '../context.ts'
import { understood } from '../controller/controller.ts'
import { CommandError } from '../errors.ts'
import { answerJson } from '../render/json.ts'
import { rolloutText } from '../render/rollout.ts'
import type { OutputFormat, TargetFlags } from '../targets.ts'
import { checked, type Lever, type LeverAnswer } from './lever.ts'
import { pullByApi } from './pull-by-api.ts'
import { watchRollouts } from './watch.ts'
import { openRolloutWatcher, type RolloutsSeen } from './watcher.ts'

type Flags = TargetFlags & { readonly output: OutputFormat; readonly url?: string }

export type RolloutStatusFlags = Flags & { readonly watch?: true; readonly samples?: true }

export type LeverFlags = Flags & {
  readonly why: string
  readonly who: string
  readonly of?: string
  readonly timeout: number
}

/** Shows all rollouts, or the one of an endpoint; a lone argument is the source, where nothing else names one. */
export async function rolloutStatus(
  first: string | undefined,
  second: string | undefined,
  flags: RolloutStatusFlags,
  context: CommandContext,
): Promise<void> {
  const isKnown = flags.url !== undefined || flags.config !== undefined
  const [endpoint, source] = second === undefined && !isKnown ? [undefined, first] : [first, second]
  checkTarget(source, flags)
  const watcher = await openRolloutWatcher({ source, endpoint, flags }, context)
  async function show(): Promise<void> {
    if (flags.watch) return context.exit(await watchRollouts(watcher, flags.output, context))
    context.say(drawn(await watcher.read(), flags.output, context))
  }
  try {
    await (flags.url === undefined ? show() : understood(flags.url, show))
  } finally {
    await watcher.close()
  }
}

/** Pulls a lever, through a running controller where an address is given; `adopt` is one, too. */
export async function pullLever(
  lever: Lever,
  source: string | undefined,
  flags: LeverFlags,
  context: CommandContext,
): Promise<void> {
  checkTarget(source, flags)
  const answer = await pulled(checked(lever), source, flags, context)
  context.say(flags.output === 'json' ? JSON.stringify(answer) : answerText(answer, context))
  context.exit(answer.result === 'accepted' ? 0 : 1)
}

async function pulled(
  lever: Lever,
  source: string | undefined,
  flags: LeverFlags,
  context: CommandContext,
): Promise<LeverAnswer> {
  const { url, application } = flags
  if (url !== undefined)
    return understood(url, () => pullByApi(lever, { url, application }, context))
  const { pullHere } = await import('./pull-here.ts')
  return pullHere(lever, { source, flags }, context)
}

function checkTarget(
  source: string | undefined,
  { url, config }: { readonly url?: string; readonly config?: string },
): void {
  if (url !== undefined && (source !== undefined || config !== undefined))
    throw new CommandError('Give --url or a source, not both: the controller knows its sources.')
}

function drawn(
  { seen, now }: RolloutsSeen,
  output: OutputFormat,
  { style }: CommandContext,
): string {
  if (output === 'json') return answerJson(seen)
  if (seen.length === 0) return 'No rollouts.'
  return seen.map((one) => rolloutText(one, now, style)).join('\n\n')
}

function answerText({ endpoint, verb, result, message }: LeverAnswer, { style }: CommandContext) {
  const paint = { accepted: style.green, refused: style.red, pending: style.yellow }[result]
  return `${endpoint}: ${verb} ${paint(result)}. ${message}`
}
