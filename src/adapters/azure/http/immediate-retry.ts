import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline'
import { type Clock, CloudError, type Meter } from '../../../reconcile/ports.ts'

const FIRST_PAUSE_MS = 250

/**
 * Asks again, a few times and soon, when a request that may be repeated met a passing fault. ARM's writes are never
 * among them: one whose answer was lost may have been done. An answer with Retry-After is the throttle's business.
 */
export function immediateRetryPolicy(options: {
  readonly api: string
  readonly methods: readonly string[]
  readonly retries: number
  readonly clock: Clock
  readonly meter: Meter
}): PipelinePolicy {
  const { api, methods, retries, clock, meter } = options
  return {
    name: 'immediateRetryPolicy',
    async sendRequest(request, next) {
      const left = methods.includes(request.method) ? retries : 0
      const signal = request.abortSignal as AbortSignal | undefined
      for (let attempt = 0; ; attempt += 1) {
        const result = await settled(() => next(request))
        const reason = attempt < left && !signal?.aborted ? faultOf(result) : undefined
        if (reason === undefined) return unwrap(result)
        meter.azureRetry(api, reason)
        await clock.sleep(FIRST_PAUSE_MS * 4 ** attempt, signal ?? new AbortController().signal)
      }
    },
  }
}

type Result = { readonly response: PipelineResponse } | { readonly error: unknown }

async function settled(send: () => Promise<PipelineResponse>): Promise<Result> {
  try {
    return { response: await send() }
  } catch (error) {
    return { error }
  }
}

function unwrap(result: Result): PipelineResponse {
  if ('error' in result) throw result.error
  return result.response
}

function faultOf(result: Result): 'server_error' | 'network' | undefined {
  if ('error' in result) {
    const isOurs = result.error instanceof CloudError
    const name = result.error instanceof Error ? result.error.name : ''
    const isEnd = name === 'AbortError' || name === 'TimeoutError'
    return isOurs || isEnd ? undefined : 'network'
  }
  const { status, headers } = result.response
  const isFault = [500, 502, 503, 504].includes(status) && !headers.has('retry-after')
  return isFault ? 'server_error' : undefined
}
