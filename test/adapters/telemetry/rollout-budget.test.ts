import { describe, expect, test } from '@jest/globals'
import type { Report } from '../../../src/core/model/report.ts'
import type { RolloutStatus } from '../../../src/core/model/rollout.ts'
import * as a from '../../support/report.ts'
import { metrics, seriesOf } from './series.ts'
import { tickAt } from './ticks.ts'

describe('rollouts stay within the budget of series', () => {
  test('50 endpoints, 20 rollouts each: at most 400 + 90 per endpoint, and none is left when they go', async () => {
    const subject = metrics()
    for (let round = 0; round < 20; round++) subject.recordReport(crowd(50, round))
    expect((await seriesOf(subject)).size).toBeLessThanOrEqual(400 + 90 * 50)
    subject.recordReport(a.report({ tick: 99, resources: [] }))
    expect(await endpointsLeft(subject)).toEqual([])
  })

  test('an endpoint costs at most 90 series in a rollout, and 60 when it is over', async () => {
    expect(await costOf((round) => crowdStatus(round))).toBeLessThanOrEqual(90)
    expect(await costOf(() => a.atRest({ previous: KEPT }))).toBeLessThanOrEqual(60)
  })

  const KEPT = { deployment: 'green', revision: '77aa1122', untilMs: a.START }

  /** Series of one endpoint more. */
  async function costOf(status: (round: number) => RolloutStatus): Promise<number> {
    const sizes = await Promise.all(
      [10, 30].map(async (endpoints) => {
        const subject = metrics()
        for (let round = 0; round < 3; round++)
          subject.recordReport(crowd(endpoints, round, status(round)))
        return (await seriesOf(subject)).size
      }),
    )
    return ((sizes[1] ?? 0) - (sizes[0] ?? 0)) / 20
  }

  test('nothing of a rollout is left when its Application goes', async () => {
    const subject = metrics()
    subject.recordReport(crowd(3, 1))
    subject.forget('fraud-prod')
    expect(await endpointsLeft(subject)).toEqual([])
  })

  async function endpointsLeft(subject: { render(): Promise<string> }): Promise<readonly string[]> {
    return [...(await seriesOf(subject)).keys()].filter((name) => name.includes('endpoint="'))
  }

  /** As much as an endpoint can show: new names in every round, twenty metrics, deployments of every role. */
  function crowdStatus(round: number): RolloutStatus {
    return a.rollout({
      phase: 'paused',
      reason: 'WaitsForPromote',
      stalled: true,
      stable: { deployment: `v${round}`, revision: '3f2a9c1e', model: `fraud:${round}` },
      candidate: { deployment: `v${round + 1}`, revision: '77aa1122', model: 'fraud:8' },
      previous: { deployment: `v${round + 2}`, revision: '00000000', untilMs: a.START },
      weights: { [`v${round}`]: 80, [`v${round + 1}`]: 10, [`v${round + 2}`]: 5, spy: 5 },
      mirror: { spy: 5 },
      judgements: Array.from({ length: 20 }, (_, index) =>
        a.judgement({ id: `${round}-${index}`, name: `metric-${round}-${index}` }),
      ),
    })
  }

  function crowd(endpoints: number, round: number, status = crowdStatus(round)): Report {
    const names = Array.from({ length: endpoints }, (_, index) => `e${index}x`)
    const resources = names.flatMap((endpoint) => [
      a.rolling({ ...status, endpoint }),
      ...Object.keys(status.weights).map((name) => a.resource(a.deployment(endpoint, name))),
    ])
    const beganAt = a.START
    const outcomes = names.map((name) => a.turned('promoted', { beganAt }, name))
    return tickAt(round * 10, status, { tick: round, resources, outcomes })
  }
})
