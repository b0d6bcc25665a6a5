import type { TrafficFigures } from './ledger.ts'
import { rateOf } from './shapes.ts'
import type { Stage } from './stage.ts'
import { createTraffic, type Traffic, type TrafficOptions } from './traffic.ts'

/** Traffic by request: at most one for each endpoint, a new one takes the place of the old. */
export interface TrafficDesk {
  /** Takes `{ endpoint, rate, seed?, arrivals? }`; throws an Error that says what is wrong with it. */
  begin(asked: unknown): void
  /** By endpoint, also of traffic that was ended. */
  figures(): Readonly<Record<string, TrafficFigures>>
  /** Ends all traffic. */
  end(): void
}

const ENDPOINTS_MAX = 100

export function createTrafficDesk(stage: Stage): TrafficDesk {
  const traffics = new Map<string, Traffic>()
  return {
    begin(asked) {
      const options = optionsOf(asked)
      const key = options.endpoint.toLowerCase()
      if (!traffics.has(key) && traffics.size >= ENDPOINTS_MAX) {
        throw new Error(`No more than ${ENDPOINTS_MAX} endpoints can have traffic`)
      }
      const traffic = createTraffic({ stage }, options)
      traffics.get(key)?.stop()
      traffics.set(key, traffic)
    },
    figures: () =>
      Object.fromEntries([...traffics].map(([endpoint, traffic]) => [endpoint, traffic.figures()])),
    end() {
      for (const traffic of traffics.values()) traffic.stop()
    },
  }
}

function optionsOf(asked: unknown): TrafficOptions {
  const { endpoint, rate, seed = 1, arrivals = 'poisson' } = Object(asked)
  if (typeof endpoint !== 'string' || endpoint === '') throw new Error('endpoint must be a name')
  if (!Number.isSafeInteger(seed)) throw new Error('seed must be a whole number')
  if (arrivals !== 'poisson' && arrivals !== 'even') {
    throw new Error('arrivals must be poisson or even')
  }
  return { endpoint, rate: rateOf(rate), seed, arrivals }
}
