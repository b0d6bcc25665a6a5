import { expect } from '@jest/globals'
import type { IntentAnswer } from '../../src/core/model/rollout.ts'
import { check } from './checking.ts'
import { scenarioOf } from './workloads/index.ts'
import { type Draft, MINUTE } from './workloads/workload.ts'
import type { SimEvent } from './world/scenario.ts'

/** Seconds from the first failed request to the last, answers to levers, and what green has of the traffic at the end. */
export async function played(events: readonly SimEvent[], rest: Partial<Draft> = {}) {
  const draft: Draft = { events, lengthMs: 40 * MINUTE, converges: false, ...rest }
  const failed: number[] = []
  const answers: IntentAnswer[] = []
  let onGreen: number | undefined
  const scenario = scenarioOf({ name: 'held', draft: () => draft }, 7)
  // What Azure refuses it refuses to the end.
  const { violations } = await check(
    { ...scenario, faultsForMs: scenario.lengthMs },
    {
      onEvent(event) {
        if (event.type === 'requests' && event.failed > 0) failed.push(event.at)
        if (event.type === 'plan') answers.push(...event.report.answers)
        if (event.type === 'state') onGreen = event.state.endpoints.fraud?.traffic.green ?? 0
      },
    },
  )
  expect(violations).toEqual([])
  const seconds = failed.length === 0 ? 0 : (Math.max(...failed) - Math.min(...failed)) / 1000
  return { seconds, onGreen, answers: answers.map(({ intent, result }) => [intent.verb, result]) }
}
