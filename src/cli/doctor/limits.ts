import type { Desired } from '../../core/model/desired.ts'
import type { Live } from '../../core/model/live.ts'
import { type Count, countsOf, passedLimits } from '../../core/plan/capacity/service-limits.ts'
import { doubtful, passed, type Row } from './row.ts'

/** Azure's limits on endpoints and deployments, with all that is declared beside all that is live in the workspace. */
export function limitsRow(desired: readonly Desired[], live: readonly Live[]): Row {
  const slots = desired.flatMap(({ rollout }) => rollout?.slots ?? [])
  const counts = countsOf(
    live,
    [...desired, ...slots].map(({ ref }) => ref),
  )
  const beyond = passedLimits(counts)
  if (beyond.length === 0) return passed('limits', shareOf(counts))
  const advice =
    'Where support has raised the limit, all is well; else ask for it in Azure ML studio (Quota), or declare fewer.'
  return doubtful('limits', beyond.join(' '), advice)
}

function shareOf(counts: readonly Count[]): string {
  const [endpoints, deployments, ...each] = counts
  const fullest = each.reduce((most, { total }) => Math.max(most, total), 0)
  const parts = [endpoints, deployments].flatMap((one) =>
    one === undefined ? [] : [`${one.total} of ${one.most} ${one.what}`],
  )
  const [first] = each
  const perEndpoint = first === undefined ? [] : [`at most ${fullest} of ${first.most} an endpoint`]
  return [...parts, ...perEndpoint].join(', ')
}
