import { isUnderWay, type Slot } from '../../../../src/core/rollout/record.ts'
import type { TraceEvent } from '../../trace.ts'
import { differencesFrom } from '../desired.ts'
import { type Commit, contentFor, roadOf } from '../git.ts'
import type { History, PlanEvent } from '../history.ts'
import { acceptedWriteIn, type Invariant, NOTHING } from '../invariant.ts'
import { REACTION_TIMES } from '../reaction-times.ts'
import { risesOf, type Shift, shiftIn } from '../shift.ts'
import { tagsIn } from '../world.ts'
import { isStableGone } from './steps.ts'
import { endlessWaits } from './waits.ts'

/** S22, S23, L3, L7, L8, L9, L11: what reports say, and what follows from commits. */
export const STATUS: readonly Invariant[] = [
  {
    id: 'S22',
    title: 'A report that says that all is done is true',
    observe: untrueClaims,
  },
  {
    id: 'S23',
    title: 'What is applied moves only to descendants, unless rewritten history is to be followed',
    observe: rewritten,
  },
  {
    id: 'L3',
    title: 'An operation that does not end is told of',
    observe: untoldStuck,
  },
  {
    id: 'L7',
    title: 'No manifest and no resource makes the controller stumble',
    observe: stumbles,
  },
  {
    id: 'L8',
    title: 'A newer commit ends an unfinished rollout of another revision',
    observe: oldCandidates,
  },
  {
    id: 'L9',
    title: 'No message advises a deletion by hand',
    observe: deadEnds,
  },
  {
    id: 'L11',
    title: 'A wait that only a person can end names the command, and the command works',
    observe: (history, event) => [
      ...namelessWaits(history, event),
      ...uselessCommands(history, event),
      ...endlessWaits(history, event),
    ],
  },
]

/** Judged by what was true at any moment since all was read last; what reads were made to show wrongly is not held against it. */
function untrueClaims(history: History, event: TraceEvent): readonly string[] {
  if (event.type !== 'plan' || !event.report.converged || event.report.dryRun) return NOTHING
  if (history.isStruck(event)) return NOTHING
  const all = history.commitsOf(event.application)
  const named = all.filter(({ revision }) => revision === event.report.appliedRevision)
  const commits = named.length > 0 ? named : all.slice(-2)
  const states = history.statesKnownTo(event)
  const sync = history.expectation.sync?.[event.application]
  const meant = {
    isScaledByOthers:
      sync?.ignoreDifferences?.some(({ path }) => path === '/sku/capacity') === true,
  }
  const found = commits.flatMap((commit) =>
    states.map((state) => differencesFrom(commit, state, meant)),
  )
  const [first] = found
  if (first === undefined || found.some((differences) => differences.length === 0)) return NOTHING
  return [`${event.application} says that all is done: ${first.join(', ')}`]
}

/** A commit that was pushed by force has left out at least the one before it. */
function rewritten(history: History, event: TraceEvent): readonly string[] {
  const applied = history.memo('S23', () => new Map<string, string>())
  const call = acceptedWriteIn(history, event)
  const revision = tagsIn(call?.requestBody)['verdigris.revision']
  if (call === undefined || revision === undefined || revision === '') return NOTHING
  const commits = history.commitsOf(call.application)
  const place = commits.findIndex((commit) => commit.revision === revision)
  if (place < 0) return NOTHING
  const last = commits.findIndex(({ revision: known }) => known === applied.get(call.application))
  applied.set(call.application, revision)
  const isFollowed = history.expectation.sync?.[call.application]?.rewrittenHistory === 'follow'
  const left = commits.findIndex((commit, at) => commit.forced && at > last && at <= place)
  if (isFollowed || last < 0 || left < 0 || last !== left - 1) return NOTHING
  return [
    `${call.method} ${call.target.key} applies ${revision}, which does not descend from what is applied`,
  ]
}

function untoldStuck(history: History, event: TraceEvent): readonly string[] {
  const since = history.memo('S12 since', () => new Map<string, number>())
  if (event.type !== 'plan') return NOTHING
  const { report } = event
  const told = new Set(
    report.plan.held
      .filter(({ state }) => state !== 'waiting')
      .map(({ ref }) => `${ref.parent ?? ref.name}`.toLowerCase()),
  )
  return [...since].flatMap(([key, at]) => {
    const endpoint = key.split('/')[1] ?? ''
    const isOld = event.at - at > REACTION_TIMES.stuckOperation.ms
    const isOurs =
      history.state.endpoints[endpoint]?.tags['verdigris.application'] === event.application
    if (!isOld || !isOurs || told.has(endpoint)) return []
    return [
      `Azure has worked on ${key} for ${Math.round((event.at - at) / 60_000)} minutes, and no report says so`,
    ]
  })
}

function stumbles(_: History, event: TraceEvent): readonly string[] {
  if (event.type !== 'plan') return NOTHING
  const { failure, outcomes } = event.report
  const bugs = [
    ...(failure?.reason === 'Bug' ? [failure.message] : []),
    ...outcomes.flatMap((outcome) =>
      outcome.result === 'Failed' && outcome.errorClass === 'bug' ? [outcome.message] : [],
    ),
  ]
  return bugs.map((message) => `${event.application}: ${message}`)
}

/** What a candidate was wanted for when it began; and what Git, as the controller has read it, wants by now. */
function oldCandidates(history: History, event: TraceEvent): readonly string[] {
  const wishes = history.memo('L8', () => new Map<string, { key: string; wish: string }>())
  if (event.type === 'plan') {
    noteWishes(history, event, wishes)
    return NOTHING
  }
  const shift = shiftIn(history, event)
  if (shift === undefined) return NOTHING
  const { endpoint, call } = shift
  const wish = wishes.get(endpoint)
  const candidate = risingCandidate(history, shift, wish?.key)
  if (candidate === undefined || wish === undefined) return NOTHING
  const plan = history.plans.get(call.application)
  // Of two controllers each knows what it has read itself.
  if (plan?.controller !== call.controller) return NOTHING
  const read = appliedCommit(history, plan)
  const isQueued = read !== undefined && roadOf(read, endpoint)?.onNewCommit === 'queue'
  if (read === undefined || isQueued || contentFor(read, endpoint) === wish.wish) return NOTHING
  return [
    `${endpoint} gives more to ${candidate.slot}, though Git wants another revision and was read`,
  ]
}

/** What is on its way since this climb began, and gets more; where users have nobody else, it may. */
function risingCandidate(
  history: History,
  shift: Shift,
  climbKey: string | undefined,
): Slot | undefined {
  const { endpoint, recordAfter } = shift
  const { climb } = history.lineages.of(endpoint)
  const candidate = isUnderWay(recordAfter) ? recordAfter.candidate : undefined
  if (candidate === undefined || climb === undefined || climbKey !== climb.key) return undefined
  const rises = climb.key.startsWith(candidate.rev) && risesOf(shift).includes(candidate.slot)
  return rises && !isStableGone(history, shift) ? candidate : undefined
}

function appliedCommit(history: History, plan: PlanEvent | undefined): Commit | undefined {
  if (plan === undefined) return undefined
  const { appliedRevision } = plan.report
  return history
    .commitsOf(plan.application)
    .findLast(({ revision }) => revision === appliedRevision)
}

function noteWishes(
  history: History,
  plan: PlanEvent,
  wishes: Map<string, { key: string; wish: string }>,
): void {
  const commit = appliedCommit(history, plan)
  if (commit === undefined) return
  for (const { endpoint } of commit.roads) {
    const { climb } = history.lineages.of(endpoint)
    if (climb !== undefined && wishes.get(endpoint)?.key !== climb.key)
      wishes.set(endpoint, { key: climb.key, wish: contentFor(commit, endpoint) })
  }
}

const BY_HAND = /(delete|remove)\b[^.;]*\bby hand|delete it in (azure|the portal)/i

function messagesOf({ report }: PlanEvent): readonly string[] {
  const held = report.plan.held.map(({ ref, message }) => `${ref.kind} ${ref.name}: ${message}`)
  const rollouts = report.resources.flatMap(({ ref, rollout }) =>
    rollout === undefined ? [] : [`${ref.kind} ${ref.name}: ${rollout.message}`],
  )
  return [...held, ...rollouts]
}

function deadEnds(_: History, event: TraceEvent): readonly string[] {
  return event.type === 'plan'
    ? messagesOf(event).filter((message) => BY_HAND.test(message))
    : NOTHING
}

/** Whoever waits for a person says what he may do: a command, or something in Git. */
const NAMES_A_WAY = /\bverdigris \w+|\bcommit|\bGit\b|\bmanifest|\bdeclare|\bsync policy\b/i

/** The report of the very tick in which somebody spoke tells who it was; the next one has to tell what may be done. */
function namelessWaits(history: History, event: TraceEvent): readonly string[] {
  if (event.type !== 'plan') return NOTHING
  const before = new Set(namelessIn(history.plans.get(event.application)))
  return namelessIn(event).filter((message) => before.has(message))
}

function namelessIn(plan: PlanEvent | undefined): readonly string[] {
  return (plan?.report.resources ?? []).flatMap(({ ref, rollout }) => {
    if (rollout === undefined || !rollout.stalled || NAMES_A_WAY.test(rollout.message)) return []
    return [`${ref.name} waits for a person and names no way out: ${rollout.reason}`]
  })
}

/** What the report before named for this endpoint is refused when somebody says it. */
function uselessCommands(history: History, event: TraceEvent): readonly string[] {
  if (event.type !== 'plan') return NOTHING
  const before = history.plans.get(event.application)
  if (before === undefined || before.controller !== event.controller) return NOTHING
  // What an old reading made it say is put right by the next one.
  if (before.wasStruck || history.isStruck(event)) return NOTHING
  // A new process that cannot read Git, and has no copy, knows of nothing but what to abort.
  if (event.report.appliedRevision === undefined) return NOTHING
  return event.report.answers.flatMap(({ intent, result, message }) => {
    if (result !== 'refused') return []
    const named = before.report.resources.find(
      ({ ref, rollout }) =>
        rollout?.stalled === true &&
        ref.name === intent.endpoint &&
        rollout.message.includes(`verdigris rollout ${intent.verb}`),
    )
    // What has failed meanwhile gives its traffic back before anything else.
    const isAborting = event.report.resources.some(
      ({ ref, rollout }) => ref.name === intent.endpoint && rollout?.phase === 'aborting',
    )
    return named === undefined || isAborting
      ? []
      : [`${intent.verb} was named as the way out and is refused: ${message}`]
  })
}
