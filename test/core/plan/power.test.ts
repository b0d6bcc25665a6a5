import { expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { MeasurementQuery, Sample } from '../../../src/core/model/measurements/measurement.ts'
import type { Check } from '../../../src/core/model/rollout.ts'
import { powerText } from '../../../src/core/plan/status/power.ts'
import { queryId } from '../../../src/core/rollout/judgements.ts'
import { template } from '../rollout/play.ts'

const MINUTE_MS = 60_000
const CHECK: Check = {
  id: 'errors/errors.000001',
  name: 'errors',
  provider: 'prometheus',
  query: {},
  windowMs: 10_000,
  rule: { judge: 'errors', margin: 1.1, worseBy: 2, minRequests: 20 },
}

/** Counters minute by minute: so many requests and errors in each. */
function counted(minutes: number, requests: number, errors: number, from = 0): Sample[] {
  return Array.from({ length: minutes + 1 }, (_, minute) => ({
    at: (from + minute) * MINUTE_MS,
    requests: minute * requests,
    errors: minute * errors,
  })) as Sample[]
}

function said(stable: Sample[], candidate: Sample[], share: number): string | undefined {
  const rollout = template(1, { policy: { analysis: [CHECK] } })[0]?.rollout as Rollout
  const id = queryId('fraud', CHECK)
  const series = { boundsMs: [], windowMs: MINUTE_MS, stable, candidate }
  const measurements = new Map([[id, { id, is: 'series', series } as const]])
  const question = { id, about: { endpoint: 'fraud' } } as MeasurementQuery
  return powerText(rollout, [question], measurements, share)
}

test('before the candidate has traffic, the first weight is reckoned with', () => {
  expect(said(counted(30, 40, 1), [], 0)).toMatch(/^at 40 requests\/min and 10 % .* of 2\.5 %\.$/)
})

test('afterwards it is the weight in force, and the requests of both', () => {
  const text = said(counted(30, 20, 1), counted(30, 20, 1), 50)
  expect(text).toMatch(/^at 40 requests\/min and 50 % .* of 5 %\.$/)
})

test('an hour ago counts no more: the last half hour is the rate', () => {
  const before = counted(60, 1000, 500)
  const [last] = before.slice(-1)
  const of = counted(30, 40, 1, 60).map((sample) => ({
    ...sample,
    requests: sample.requests + (last?.requests ?? 0),
    errors: sample.errors + (last?.errors ?? 0),
  }))
  expect(said([...before, ...of.slice(1)], [], 0)).toMatch(/^at 40 requests\/min/)
})

test('nothing is said of less than a minute, and none of errors where there were none', () => {
  expect(said(counted(0, 40, 1), [], 0)).toBeUndefined()
  expect(said(counted(30, 40, 0), [], 0)).toMatch(/stable has no errors to compare with/)
})
