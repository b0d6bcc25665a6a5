import type { Condition } from '../../core/model/report.ts'
import type { Samples } from '../../core/report/samples.ts'
import type { CommandContext } from '../context.ts'
import { APPLICATIONS, type Items, openController, wantedOf } from '../controller/controller.ts'
import { type RolloutAnswer, rolloutOf } from '../controller/remote-rollouts.ts'
import { CommandError } from '../errors.ts'
import { type SeenRollout, seenRolloutsOf } from '../render/rollout.ts'
import type { TargetFlags } from '../targets.ts'
import { isSame } from './lever.ts'

/** Rollouts as they stood at an instant, in milliseconds since the epoch. */
export interface RolloutsSeen {
  readonly seen: readonly SeenRollout[]
  readonly now: number
}

/** Reads rollouts, as often as it is asked. */
export interface RolloutWatcher {
  /** Throws CommandError when nothing can be seen, or not the endpoint that is meant. */
  read(): Promise<RolloutsSeen>
  /** How long to wait between two reads. */
  readonly pauseMs: number
  close(): Promise<void>
}

export interface Sought {
  readonly source: string | undefined
  /** Only this one; undefined = all. */
  readonly endpoint: string | undefined
  readonly flags: TargetFlags & { readonly url?: string; readonly samples?: true }
}

const REMOTE_PAUSE_MS = 1000

/** Through a running controller where an address is given, else by ticks of our own that start nothing. */
export async function openRolloutWatcher(
  sought: Sought,
  context: CommandContext,
): Promise<RolloutWatcher> {
  const { source, endpoint, flags } = sought
  const only = (seen: readonly SeenRollout[]): RolloutsSeen => {
    const meant = seen.filter(
      ({ rollout }) => endpoint !== undefined && isSame(rollout.endpoint, endpoint),
    )
    if (endpoint !== undefined && meant.length === 0)
      throw new CommandError(`No Rollout moves an endpoint '${endpoint}'.`)
    return { seen: endpoint === undefined ? seen : meant, now: Date.now() }
  }
  const { url, application } = flags
  if (url !== undefined)
    return {
      read: async () => {
        const rollouts = only(await fetchRollouts(url, { application, endpoint }, context))
        return flags.samples
          ? { ...rollouts, seen: await sampled(rollouts.seen, url, context) }
          : rollouts
      },
      pauseMs: REMOTE_PAUSE_MS,
      close: async () => {},
    }
  const { openWatcherHere } = await import('./watch-here.ts')
  const here = await openWatcherHere(source, flags, context)
  return { ...here, read: async () => only(await here.read()) }
}

function sampled(
  seen: readonly SeenRollout[],
  url: string,
  context: CommandContext,
): Promise<readonly SeenRollout[]> {
  const { ask } = openController(url, context)
  const one = async (rollout: SeenRollout): Promise<SeenRollout> => {
    const names = [rollout.application, 'rollouts', rollout.rollout.endpoint, 'samples']
    const path = names.map(encodeURIComponent).join('/')
    return { ...rollout, samples: await ask<Samples>(`${APPLICATIONS}/${path}`) }
  }
  return Promise.all(seen.map(one))
}

interface Summary {
  readonly name: string
  readonly appliedRevision?: string
  readonly conditions: readonly Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[]
}

/**
 * The rollouts of a running controller's Applications. Throws CommandError where the one that is meant (absent = any) is not
 * known, because Git cannot be read, or because it has not looked yet.
 */
export async function fetchRollouts(
  url: string,
  meant: { readonly application?: string | undefined; readonly endpoint: string | undefined },
  context: CommandContext,
): Promise<readonly SeenRollout[]> {
  const { ask } = openController(url, context)
  const { items } = await ask<Items<Summary>>(APPLICATIONS)
  const wanted = wantedOf(items, meant.application, url)
  const found = wanted.map(async ({ name, appliedRevision }) => {
    const path = `${APPLICATIONS}/${encodeURIComponent(name)}/rollouts`
    const rollouts = await ask<Items<RolloutAnswer>>(path)
    const resources = rollouts.items.map((answer) => ({ ...answer, rollout: rolloutOf(answer) }))
    const revision = appliedRevision === undefined ? {} : { appliedRevision }
    return seenRolloutsOf({ application: name, ...revision, resources })
  })
  const seen = (await Promise.all(found)).flat()
  const unread = wanted.flatMap(unreadText)
  const { endpoint } = meant
  const isKnown = seen.some(
    ({ rollout }) => endpoint === undefined || isSame(rollout.endpoint, endpoint),
  )
  if (!isKnown && unread.length > 0) throw new CommandError(unread.join('\n'))
  return seen
}

function unreadText({ name, conditions }: Summary): readonly string[] {
  if (conditions.length === 0)
    return [`${name}: The controller has not looked at it yet: ask again in a few seconds.`]
  const source = conditions.find(({ type, status }) => type === 'SourceReady' && status === 'False')
  if (source === undefined) return []
  return [
    `${name}: ${source.reason}: ${source.message} Which rollouts are under way is not known without Git; \`verdigris rollout abort\` takes traffic back all the same.`,
  ]
}
