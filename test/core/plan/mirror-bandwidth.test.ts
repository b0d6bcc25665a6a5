import { describe, expect, test } from '@jest/globals'
import type { Rollout } from '../../../src/core/model/desired.ts'
import type { MeasurementQuery, Sample } from '../../../src/core/model/measurements/measurement.ts'
import type { Check, Step } from '../../../src/core/model/rollout.ts'
import { bandwidthText } from '../../../src/core/plan/status/mirror-bandwidth.ts'
import { queryId } from '../../../src/core/rollout/judgements.ts'
import { HOUR_MS, MINUTE_MS, opened, template } from '../rollout/play.ts'

const CHECK: Check = {
  id: 'errors/errors.000001',
  name: 'errors',
  provider: 'prometheus',
  query: {},
  windowMs: 10_000,
  rule: { judge: 'errors', margin: 1.1, worseBy: 2, minRequests: 20 },
}
const STEPS: readonly Step[] = [
  { type: 'setMirror', percent: 25, durationMs: 10 * MINUTE_MS },
  { type: 'setWeight', percent: 10 },
  { type: 'pause', durationMs: HOUR_MS },
]

const counted = (perMinute: number): Sample[] =>
  Array.from({ length: 31 }, (_, minute) => ({
    at: minute * MINUTE_MS,
    requests: minute * perMinute,
    errors: minute,
  })) as Sample[]

function said(perMinute: number, step = 0, steps = STEPS): string | undefined {
  const rollout = template(1, { policy: { analysis: [CHECK], steps } })[0]?.rollout as Rollout
  const id = queryId('fraud', CHECK)
  const series = { boundsMs: [], windowMs: MINUTE_MS, stable: counted(perMinute), candidate: [] }
  const answers = perMinute === 0 ? [] : [[id, { id, is: 'series', series } as const] as const]
  const question = { id, about: { endpoint: 'fraud' } } as MeasurementQuery
  return bandwidthText({ rollout, step }, [question], new Map(answers))
}

describe('what mirroring costs of the bandwidth', () => {
  test('is said without a figure while the traffic is not known', () => {
    expect(said(0)).toMatch(/^The copies of 25 % of the requests count to .* 5 MBPS .* too\.$/)
  })

  test.each([
    // 10 requests a second and a quarter more: 5,000 kB for 12.5 of them.
    [600, 'at 600 requests/min that is reached by 400 kB a request with its answer.'],
    [60_000, 'at 60000 requests/min that is reached by 4 kB a request with its answer.'],
    [6, 'at 6 requests/min that is reached by 40,000 kB a request with its answer.'],
  ])('is a size of requests at %i a minute', (perMinute, text) => {
    expect(said(perMinute)).toContain(text)
  })

  test('is not said behind the step, nor of a road without one', () => {
    expect(said(600, 1)).toBeUndefined()
    expect(said(600, 0, STEPS.slice(1))).toBeUndefined()
  })

  test('is told from the plan on, until mirroring is over', () => {
    const turns = opened(template(1))
    turns.commit(template(2, { policy: { steps: STEPS } }), 'c2')
    const seen: string[] = []
    for (let turn = 0; turn < 8; turn += 1) {
      const plan = turns.step()
      const rollout = plan.findings.find((one) => one.rollout !== undefined)?.rollout
      const isTold = rollout?.bandwidth === undefined ? 'silent' : 'told'
      const what = `${rollout?.steps[rollout.step] ?? 'none'} ${isTold}`
      if (seen.at(-1) !== what) seen.push(what)
      turns.now += 6 * MINUTE_MS
    }
    expect(seen).toEqual(['setMirror told', 'pause silent'])
  })
})
