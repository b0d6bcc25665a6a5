import type { Live } from '../../model/live.ts'
import { isDeployment, keyOf, type Ref, scopeOf } from '../../model/ref.ts'
import { RAISED_BY_SUPPORT, SERVICE_LIMITS } from '../../model/service-limits.ts'

/** Endpoints, deployments and deployments of one endpoint: so many are live, so many will be. */
export interface Count {
  readonly what: string
  readonly live: number
  readonly total: number
  readonly most: number
}

/**
 * What a workspace comes to with what is to be made in it, beside Azure's limits. Other workspaces of the region count
 * there, too, and are not seen here. What is to be deleted counts: it goes when what replaces it serves.
 */
export function countsOf(live: readonly Live[], made: readonly Ref[]): readonly Count[] {
  const before = counted(live.map(({ ref }) => ref))
  const after = counted([...live.map(({ ref }) => ref), ...made])
  const whole = (
    what: 'endpoints' | 'deployments',
    [is, then]: readonly [ReadonlySet<string>, ReadonlySet<string>],
  ): Count => ({ what, live: is.size, total: then.size, most: SERVICE_LIMITS[what] })
  const each = [...after.byEndpoint].map(
    ([endpoint, then]): Count => ({
      what: `deployments of ${endpoint}`,
      live: before.byEndpoint.get(endpoint)?.size ?? 0,
      total: then.size,
      most: SERVICE_LIMITS.deploymentsPerEndpoint,
    }),
  )
  return [
    whole('endpoints', [before.endpoints, after.endpoints]),
    whole('deployments', [before.deployments, after.deployments]),
    ...each,
  ]
}

/** Limits that would be passed, each with a sentence. Where more is live than a limit allows, it has been raised. */
export function passedLimits(counts: readonly Count[]): readonly string[] {
  return counts
    .filter(({ live, total, most }) => total > most && live <= most)
    .map(
      ({ what, live, total, most }) =>
        `${total} ${what} (${live} live): Azure allows ${most}, ${RAISED_BY_SUPPORT}.`,
    )
}

interface Counted {
  readonly endpoints: ReadonlySet<string>
  readonly deployments: ReadonlySet<string>
  readonly byEndpoint: ReadonlyMap<string, ReadonlySet<string>>
}

function counted(refs: readonly Ref[]): Counted {
  const deployments = refs.filter(({ kind }) => isDeployment(kind))
  const endpoints = refs.filter(({ kind }) => kind === 'OnlineEndpoint' || kind === 'BatchEndpoint')
  const keys = (some: readonly Ref[]): ReadonlySet<string> => new Set(some.map(keyOf))
  const groups = Map.groupBy(deployments, scopeOf)
  return {
    endpoints: keys(endpoints),
    deployments: keys(deployments),
    byEndpoint: new Map([...groups].map(([endpoint, group]) => [endpoint, keys(group)])),
  }
}
