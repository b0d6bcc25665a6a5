import { z } from 'zod'
import { text, wholeNumber } from '../../kinds/fields/fields.ts'
import { shown } from '../../kinds/fields/shown.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { StepProbe } from '../../model/probes/probe-traffic.ts'
import type { GoldenRequest } from '../../model/rollout.ts'
import { isStepIssues, type Named } from './step.ts'

/** Ten a second: enough for the judge to decide within minutes, and no load test. */
const MAX_PER_MINUTE = 600
/** They are sent again and again: a body, and all of them together, in characters of JSON. */
const MAX_BODY = 64 * 1024
const MAX_BODIES = 1024 * 1024

/** `probe` of an analysis: requests that the controller sends, and how many. */
export const probeField = z
  .strictObject({
    requests: text(512).describe(
      'Golden files, as of `verify`: `golden/*.json`, relative to this manifest.',
    ),
    perMinute: wholeNumber(1, MAX_PER_MINUTE).describe('How many a minute, 1 to 600.'),
  })
  .describe(
    'Requests that the controller sends to the endpoint while the step is in force, by the weights in force. Without it none are sent.',
  )

export function readProbe(
  { requests: pattern, perMinute }: z.output<typeof probeField>,
  named: Named,
): StepProbe | readonly FieldIssue[] {
  const requests = named.golden(pattern)
  if (isStepIssues(requests)) return requests.map((issue) => ({ ...issue, path: PLACE }))
  const tooLong = tooLongIn(requests)
  if (tooLong === undefined) return { requests, perMinute }
  return [{ path: PLACE, reason: 'LimitExceeded', message: tooLong }]
}

const PLACE = ['probe', 'requests']

function tooLongIn(requests: readonly GoldenRequest[]): string | undefined {
  let all = 0
  for (const { name, request } of requests) {
    const { length } = JSON.stringify(request)
    if (length > MAX_BODY)
      return `the body of ${shown(name)} is longer than the ${MAX_BODY} characters that a probe may send`
    all += length
  }
  if (all <= MAX_BODIES) return undefined
  return `the bodies are longer than ${MAX_BODIES} characters together: name fewer files`
}
