import type { Rollout } from '../../model/desired.ts'
import type { Measurement, MeasurementQuery } from '../../model/measurements/measurement.ts'
import { SERVICE_LIMITS } from '../../model/service-limits.ts'
import { trafficOf } from './power.ts'

/**
 * What mirroring may meet, in a sentence: copies of requests, and the answers to them, are part of the endpoint's bandwidth,
 * beyond which Azure throttles users, too. How large requests are is told by no metric that is read: so the size at which the
 * limit would be reached, where the traffic is known. undefined when no step from `step` on mirrors.
 */
export function bandwidthText(
  { rollout, step }: { readonly rollout: Rollout; readonly step: number },
  queries: readonly MeasurementQuery[],
  measurements: ReadonlyMap<string, Measurement>,
): string | undefined {
  const mirror = rollout.steps.slice(step).find((one) => one.type === 'setMirror')
  if (mirror?.type !== 'setMirror') return undefined
  const { bandwidth } = SERVICE_LIMITS
  const limit = `the endpoint's bandwidth of ${bandwidth} MBPS (more where Azure's support has raised it), beyond which users are throttled, too`
  const copies = `The copies of ${mirror.percent} % of the requests count to ${limit}`
  const seen = trafficOf(rollout, queries, measurements)
  if (seen === undefined) return `${copies}.`
  const perSecond = (seen.perMinute / 60) * (1 + mirror.percent / 100)
  const kilobytes = (bandwidth * 1000) / perSecond
  const size = Number(kilobytes.toPrecision(2)).toLocaleString('en')
  return `${copies}: at ${Math.round(seen.perMinute)} requests/min that is reached by ${size} kB a request with its answer.`
}
