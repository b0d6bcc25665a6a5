import { expect, test } from '@jest/globals'
import type { IntentAnswer } from '../../src/core/model/rollout.ts'
import { REACTION_TIMES } from './checker/reaction-times.ts'
import { check } from './checking.ts'
import { scenarioOf } from './workloads/index.ts'
import { APP, commit, fraud, lever, MINUTE, release, template } from './workloads/workload.ts'
import type { SimEvent } from './world/scenario.ts'
import type { EndpointTree } from './world/tree.ts'

/** A commit takes the Rollout away while its candidate has users, and says by weights who is to serve. */
const plain = (rest: Partial<EndpointTree> = {}): EndpointTree => ({
  ...{ form: 'plain', deployments: { blue: 1 }, traffic: { blue: 100 }, models: [1, 2] },
  ...rest,
})
const turnsBad = (at: number): SimEvent => ({ at, do: 'model', model: 'fraud:2', quality: 'half' })
const suspended: SimEvent = {
  ...{ at: 7.4 * MINUTE, do: 'sync', application: APP },
  sync: { suspend: true },
}

/** Seconds from the first failed request to the last, answers to levers, and who serves at the end. */
async function played(events: readonly SimEvent[], road: EndpointTree['road'] = 'clocked') {
  const all = [...release(template(2, { road, bake: '10m', models: [1, 2] })), ...events]
  const draft = { events: all, lengthMs: 40 * MINUTE, converges: false }
  const failed: number[] = []
  const answers: IntentAnswer[] = []
  let onGreen: number | undefined
  const { violations } = await check(scenarioOf({ name: 'leftGit', draft: () => draft }, 7), {
    onEvent(event) {
      if (event.type === 'requests' && event.failed > 0) failed.push(event.at)
      if (event.type === 'plan') answers.push(...event.report.answers)
      if (event.type === 'state') onGreen = event.state.endpoints.fraud?.traffic.green ?? 0
    },
  })
  expect(violations).toEqual([])
  const seconds = failed.length === 0 ? 0 : (Math.max(...failed) - Math.min(...failed)) / 1000
  return { seconds, onGreen, answers: answers.map(({ intent, result }) => [intent.verb, result]) }
}

const toBlue = [suspended, commit(7.5 * MINUTE, fraud(plain())), turnsBad(8 * MINUTE)]
const toRed = plain({ deployments: { blue: 1, red: 1 }, traffic: { red: 100 } })

test.each<readonly [string, readonly SimEvent[]]>([
  ['somebody suspended the Application', toBlue],
  ['history was rewritten', [commit(7.5 * MINUTE, fraud(plain()), 1), turnsBad(8 * MINUTE)]],
  [
    'the one that is to serve is still to come',
    [commit(7.5 * MINUTE, fraud(toRed)), turnsBad(8 * MINUTE)],
  ],
  [
    'it had all of them, in the bake',
    [suspended, commit(14 * MINUTE, fraud(plain())), turnsBad(15 * MINUTE)].map((event) =>
      event === suspended ? { ...event, at: 13.9 * MINUTE } : event,
    ),
  ],
])('users leave the candidate of a Rollout that Git has no more: %s (S28)', async (_, events) => {
  const { seconds, onGreen } = await played(events)
  expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
  expect(onGreen).toBe(0)
})

test('who is wanted there by Git stays', async () => {
  const toGreen = plain({ deployments: { blue: 1, green: 2 }, traffic: { green: 100 } })
  const { onGreen } = await played([suspended, commit(7.5 * MINUTE, fraud(toGreen))])
  expect(onGreen).toBe(20)
})

test.each(['abort', 'undo'] as const)(
  '%s in the same moment is not refused (L11)',
  async (verb) => {
    const { answers } = await played([...toBlue, lever(7.5 * MINUTE + 1, verb)])
    expect(answers).toContainEqual([verb, 'accepted'])
    expect(answers).not.toContainEqual([verb, 'refused'])
  },
)
