import type { Orphan } from '../../core/model/plan.ts'
import type { Condition, ResourceStatus } from '../../core/model/report.ts'
import type { CommandContext } from '../context.ts'
import type { Standing } from '../render/status.ts'
import { APPLICATIONS, type Ask, type Items, openController, wantedOf } from './controller.ts'
import { type RolloutAnswer, rolloutOf } from './remote-rollouts.ts'

/** Differences are shown for as many resources; of the others it is only said that they differ. */
const MAX_DETAILS = 50

/** The API's form of a time is text; everything else that is used here is as in a Report. */
type Dated = Omit<Condition, 'lastTransitionTime'> & { readonly lastTransitionTime: string }

interface SummaryAnswer {
  readonly name: string
  readonly mode?: 'observe'
  readonly attemptedRevision?: string
  readonly appliedRevision?: string
  readonly committedAt?: string
  readonly author?: string
  readonly subject?: string
  readonly converged: boolean
  readonly conditions: readonly Dated[]
}

type ResourceAnswer = Pick<ResourceStatus, 'key' | 'ref' | 'sync' | 'health' | 'fight'> &
  Pick<
    Partial<ResourceStatus>,
    'appliedRevision' | 'traffic' | 'differences' | 'notTakenOver' | 'ignored'
  > & {
    readonly driftPolicy: ResourceStatus['drift']
    readonly differing: number
    readonly driftedSince?: string
    readonly conditions: readonly Dated[]
    readonly rollout?: RolloutAnswer
  }

interface PlanAnswer {
  readonly orphans: readonly Orphan[]
}

interface ProblemAnswer {
  readonly severity: 'error' | 'warning'
  readonly reason: string
  readonly message: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** How the Applications of a running controller stand, by its API; only the one of that name when it is given. */
export async function fetchStandings(
  address: string,
  only: string | undefined,
  context: CommandContext,
): Promise<readonly Standing[]> {
  const { ask } = openController(address, context)
  const { items } = await ask<Items<SummaryAnswer>>(APPLICATIONS)
  const wanted = wantedOf(items, only, address)
  return Promise.all(wanted.map((summary) => standingOf(summary, ask)))
}

async function standingOf(summary: SummaryAnswer, ask: Ask): Promise<Standing> {
  const { name, mode, attemptedRevision, appliedRevision, converged } = summary
  const { committedAt, author, subject } = summary
  const path = `${APPLICATIONS}/${encodeURIComponent(name)}`
  const [resources, plan, problems] = await Promise.all([
    ask<Items<ResourceAnswer>>(`${path}/resources`),
    ask<PlanAnswer>(`${path}/plan`),
    ask<Items<ProblemAnswer>>(`${path}/problems`),
  ])
  const detailed = resources.items.filter(({ differing }) => differing > 0).slice(0, MAX_DETAILS)
  const details = new Map<string, ResourceAnswer>()
  for (const { key } of detailed) {
    const url = `${path}/resources/${key.split('/').map(encodeURIComponent).join('/')}`
    details.set(key, await ask<ResourceAnswer>(url))
  }
  return {
    application: name,
    ...(mode === undefined ? {} : { mode }),
    ...(attemptedRevision === undefined ? {} : { attemptedRevision }),
    ...(appliedRevision === undefined ? {} : { appliedRevision }),
    ...(committedAt === undefined ? {} : { committedAt: Date.parse(committedAt) }),
    ...(author === undefined ? {} : { author }),
    ...(subject === undefined ? {} : { subject }),
    isWatched: true,
    converged,
    conditions: summary.conditions.map(undated),
    problems: problems.items.map(({ severity, reason, message, ...at }) => {
      return { severity, reason, message, at }
    }),
    orphans: plan.orphans,
    resources: resources.items.map((item) => statusOf(details.get(item.key) ?? item)),
  }
}

function statusOf(answer: ResourceAnswer): ResourceStatus {
  const { key, ref, sync, health, fight, driftPolicy, driftedSince } = answer
  const { appliedRevision, traffic, rollout, notTakenOver, ignored } = answer
  return {
    ...{ key, ref, sync, health, fight, drift: driftPolicy },
    differences: answer.differences ?? [],
    conditions: answer.conditions.map(undated),
    ...(notTakenOver === undefined ? {} : { notTakenOver }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(driftedSince === undefined ? {} : { driftedSince: Date.parse(driftedSince) }),
    ...(appliedRevision === undefined ? {} : { appliedRevision }),
    ...(traffic === undefined ? {} : { traffic }),
    ...(rollout === undefined ? {} : { rollout: rolloutOf(rollout) }),
  }
}

function undated({ lastTransitionTime, ...condition }: Dated): Condition {
  return { ...condition, lastTransitionTime: Date.parse(lastTransitionTime) }
}
