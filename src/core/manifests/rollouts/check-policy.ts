import type { z } from 'zod'
import { span } from '../../kinds/fields/duration-field.ts'
import { flag, oneOf } from '../../kinds/fields/word-fields.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { Check } from '../../model/rollout.ts'
import { PROVIDERS } from '../../rollout/providers/index.ts'

const MINUTE_MS = 60_000
const NO_DATA_MS = 10 * MINUTE_MS

/** Fields of a metric, whatever its judge. */
export const policyFields = {
  dryRun: flag()
    .optional()
    .describe('Measured, judged and shown; it holds, fails and aborts nothing. Default false.'),
  onNoData: oneOf(['hold', 'fail'])
    .optional()
    .describe('No data under traffic: waited for, or a failure after `noDataFor`. Default `hold`.'),
  noDataFor: span(MINUTE_MS, 24 * 60 * MINUTE_MS)
    .optional()
    .describe('`onNoData: fail`: how long it may have no data. Default `10m`.'),
  onMissing: oneOf(['drop', 'zero'])
    .optional()
    .describe('An absent series, label or number: no data, or 0. Default `drop`.'),
}

/** What a metric says in these fields. */
export type Policies = {
  readonly [Field in keyof typeof policyFields]?: z.output<(typeof policyFields)[Field]>
}

type Policy = Pick<Check, 'dryRun' | 'noDataMs' | 'onMissing'>

interface Asked {
  readonly provider: Check['provider']
  readonly wants: 'series' | 'value'
  readonly windowMs: number
}

/** What a check does where it decides nothing, or has nothing to decide by; a field that says what is so anyway is none. */
export function checkPolicyOf(said: Policies, asked: Asked): Policy | FieldIssue {
  const { dryRun, onMissing } = said
  const noDataMs = said.onNoData === 'fail' ? (said.noDataFor ?? NO_DATA_MS) : undefined
  const wrong = missingIssue(said, asked) ?? noDataIssue(said, noDataMs, asked)
  if (wrong !== undefined) return wrong
  return {
    ...(dryRun === true ? { dryRun } : {}),
    ...(noDataMs === undefined ? {} : { noDataMs }),
    ...(onMissing === 'zero' ? { onMissing } : {}),
  }
}

function missingIssue({ onMissing }: Policies, { provider, wants }: Asked): FieldIssue | undefined {
  if (onMissing === undefined || PROVIDERS[provider].zeroes.includes(wants)) return undefined
  const what = wants === 'series' ? 'counters' : 'single numbers'
  const message = `"onMissing" is not for ${what} of ${provider}: leave it out`
  return issue(['onMissing'], 'ConflictingFields', message)
}

/** Samples come late: a time in which none can have come would fail every rollout. */
function noDataIssue(
  { noDataFor }: Policies,
  noDataMs: number | undefined,
  { provider, windowMs }: Asked,
): FieldIssue | undefined {
  if (noDataMs === undefined)
    return noDataFor === undefined
      ? undefined
      : issue(['noDataFor'], 'ConflictingFields', '"noDataFor" needs "onNoData: fail"')
  const { graceMs, minWindowMs } = PROVIDERS[provider]
  const firstMs = graceMs + 2 * Math.max(windowMs, minWindowMs)
  if (noDataMs >= firstMs) return undefined
  const message = `the first data of ${provider} come after ${firstMs / 1000} s: "noDataFor" must be at least that`
  return issue([noDataFor === undefined ? 'onNoData' : 'noDataFor'], 'InvalidDuration', message)
}

function issue(path: readonly string[], reason: string, message: string): FieldIssue {
  return { path, reason, message }
}
