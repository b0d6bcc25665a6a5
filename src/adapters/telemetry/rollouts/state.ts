import type { Report, ResourceStatus } from '../../../core/model/report.ts'
import type { RolloutStatus } from '../../../core/model/rollout.ts'
import type { Catalogue } from '../catalogue.ts'
import type { Snapshot } from '../families.ts'
import { ENDPOINTS_MAX, PHASE } from '../labels.ts'
import { snakeCase } from '../snake-case.ts'
import { analysisState } from './analysis.ts'
import type { Followed, FollowedByKey } from './follow.ts'
import { deploymentsByRole, isUnderWay } from './roles.ts'
import { weightsByRole, wholeOf } from './traffic.ts'

interface Scene {
  readonly at: { readonly target: string; readonly endpoint: string }
  readonly status: RolloutStatus
  readonly followed: Followed
}

/** Traffic of every endpoint, and how rollouts stand, after this report. */
export function rolloutState(report: Report, followed: FollowedByKey): Snapshot<Catalogue> {
  const endpoints = report.resources
    .filter(({ traffic, rollout }) => traffic !== undefined || rollout !== undefined)
    .slice(0, ENDPOINTS_MAX)
  const scenes = endpoints.flatMap((endpoint): Scene[] => {
    const { rollout: status, key } = endpoint
    const known = followed.get(key)
    return status === undefined || known === undefined
      ? []
      : [{ at: atOf(report, endpoint), status, followed: known }]
  })
  return { ...trafficOf(report, endpoints), ...progressOf(scenes), ...analysisState(scenes) }
}

function atOf({ application }: Report, { ref }: ResourceStatus): Scene['at'] {
  return { target: application, endpoint: ref.name }
}

function trafficOf(report: Report, endpoints: readonly ResourceStatus[]) {
  return {
    trafficWeight: endpoints.flatMap((endpoint) =>
      weightsByRole(endpoint).map(({ role, source, ratio }) => ({
        labels: { ...atOf(report, endpoint), role, source },
        value: ratio,
      })),
    ),
    trafficWeightSum: endpoints.flatMap((endpoint) => {
      const { traffic } = endpoint
      return traffic === undefined || wholeOf(traffic.desired) === 0
        ? []
        : [{ labels: atOf(report, endpoint), value: wholeOf(traffic.live) }]
    }),
    deployments: deploymentsByRole(endpoints, report.resources).map(
      ({ endpoint, role, count }) => ({
        labels: { ...atOf(report, endpoint), role },
        value: count,
      }),
    ),
  } satisfies Snapshot<Catalogue>
}

function progressOf(scenes: readonly Scene[]) {
  const moving = scenes.filter(({ status }) => isUnderWay(status))
  const waiting = scenes.filter(({ followed }) => followed.wait?.reason === 'approval')
  return {
    rolloutPhase: scenes.flatMap(({ at, followed }) =>
      PHASE.map((phase) => ({
        labels: { ...at, phase },
        value: Number(phase === followed.phase),
      })),
    ),
    rolloutInfo: scenes.flatMap(infoOf),
    rolloutPhaseStart: scenes.map(({ at, followed }) => ({
      labels: at,
      value: followed.since / 1000,
    })),
    rolloutStep: moving.map(({ at, status }) => ({ labels: at, value: status.step })),
    rolloutSteps: moving.map(({ at, status }) => ({ labels: at, value: status.steps.length })),
    rolloutDeadline: scenes.flatMap(({ at, status: { deadlineAt } }) =>
      deadlineAt === undefined ? [] : [{ labels: at, value: deadlineAt / 1000 }],
    ),
    mirrorWeight: moving.map(({ at, status }) => ({
      labels: { ...at, source: 'desired' },
      value: wholeOf(status.mirror),
    })),
    approvalPendingSince: waiting.map(({ at, followed }) => ({
      labels: at,
      value: followed.since / 1000,
    })),
    rollbackReady: scenes.map(({ at, status }) => ({
      labels: at,
      value: Number(status.canUndo),
    })),
  } satisfies Snapshot<Catalogue>
}

/** Names of deployments and models stand here and nowhere else. */
function infoOf({ at, status }: Scene) {
  const { stable, candidate, previous } = status
  const revisions = [
    { role: 'stable', revision: stable },
    { role: isUnderWay(status) ? 'candidate' : 'retired', revision: candidate },
    { role: 'retired', revision: previous },
  ]
  return revisions.flatMap(({ role, revision }) => {
    if (revision === undefined) return []
    const { deployment, model = '' } = revision
    const labels = { ...at, strategy: snakeCase(status.strategy), role, deployment, model }
    return [{ labels, value: 1 }]
  })
}
