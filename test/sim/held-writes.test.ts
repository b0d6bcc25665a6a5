import { describe, expect, test } from '@jest/globals'
import type { IntentAnswer } from '../../src/core/model/rollout.ts'
import { REACTION_TIMES } from './checker/reaction-times.ts'
import { check } from './checking.ts'
import { scenarioOf } from './workloads/index.ts'
import {
  APP,
  commit,
  type Draft,
  fraud,
  hand,
  lever,
  MINUTE,
  release,
  template,
  users,
} from './workloads/workload.ts'
import type { SimEvent } from './world/scenario.ts'
import type { EndpointTree } from './world/tree.ts'

/**
 * Writes are held: somebody suspended the Application, history was rewritten, or what is to serve is still to come. Users of a
 * candidate do not wait for that (INVARIANTS S27, S28).
 */

const models = [1, 2]
const ROAD = { road: 'clocked', bake: '10m', models } as const
const plain = (rest: Partial<EndpointTree> = {}): EndpointTree => ({
  ...{ form: 'plain', deployments: { blue: 1 }, traffic: { blue: 100 }, models },
  ...rest,
})
const turnsBad = (at: number): SimEvent => ({ at, do: 'model', model: 'fraud:2', quality: 'half' })
const suspend = (at: number, application = APP): SimEvent => ({
  ...{ at, do: 'sync', application },
  sync: { suspend: true },
})
const FIRST = release(template(2, ROAD))

/** Seconds from the first failed request to the last, answers to levers, and what green has of the traffic at the end. */
async function played(events: readonly SimEvent[], rest: Partial<Draft> = {}) {
  const draft: Draft = { events, lengthMs: 40 * MINUTE, converges: false, ...rest }
  const failed: number[] = []
  const answers: IntentAnswer[] = []
  let onGreen: number | undefined
  const { violations } = await check(scenarioOf({ name: 'held', draft: () => draft }, 7), {
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

describe('a commit takes the Rollout away and says by weights who is to serve', () => {
  const toBlue = [...FIRST, suspend(7.4 * MINUTE), commit(7.5 * MINUTE, fraud(plain()))]
  const toRed = plain({ deployments: { blue: 1, red: 1 }, traffic: { red: 100 } })

  test.each<readonly [string, readonly SimEvent[]]>([
    ['somebody suspended it', [...toBlue, turnsBad(8 * MINUTE)]],
    [
      'history was rewritten',
      [...FIRST, commit(7.5 * MINUTE, fraud(plain()), 1), turnsBad(8 * MINUTE)],
    ],
    [
      'the one that is to serve is still to come',
      [...FIRST, commit(7.5 * MINUTE, fraud(toRed)), turnsBad(8 * MINUTE)],
    ],
    [
      'it had all of them, in the bake',
      [
        ...[...FIRST, suspend(13.9 * MINUTE), commit(14 * MINUTE, fraud(plain()))],
        turnsBad(15 * MINUTE),
      ],
    ],
  ])('users leave its candidate: %s (S28)', async (_, events) => {
    const { seconds, onGreen } = await played(events)
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
    expect(onGreen).toBe(0)
  })

  test('who is wanted there by Git stays', async () => {
    const toGreen = plain({ deployments: { blue: 1, green: 2 }, traffic: { green: 100 } })
    const events = [...FIRST, suspend(7.4 * MINUTE), commit(7.5 * MINUTE, fraud(toGreen))]
    expect((await played(events)).onGreen).toBe(20)
  })

  test.each(['abort', 'undo'] as const)(
    '%s in the same moment is not refused (L11)',
    async (verb) => {
      const { answers } = await played([...toBlue, lever(7.5 * MINUTE + 1, verb)])
      expect(answers).toContainEqual([verb, 'accepted'])
      expect(answers).not.toContainEqual([verb, 'refused'])
    },
  )
})

describe('somebody moves all traffic to the candidate', () => {
  const moved = [
    hand(8 * MINUTE, { edit: 'traffic', endpoint: 'fraud', to: 'other' }),
    turnsBad(8.5 * MINUTE),
  ]

  test.each<readonly [string, readonly SimEvent[]]>([
    ['suspended', [suspend(7.2 * MINUTE)]],
    [
      'with rewritten history',
      [commit(7.2 * MINUTE, fraud(template(1, { ...ROAD, description: 'y' })), 1)],
    ],
  ])('it gets back what its step gave it, and is judged: %s (S6, S28)', async (_, held) => {
    const { seconds, onGreen } = await played([...FIRST, ...held, ...moved])
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
    expect(onGreen).toBe(0)
  })
})

describe('an undo within the window of before that Azure keeps out until it is over', () => {
  const WINDOW_ENDS = 41.35 * MINUTE
  const BRIEF = { ...ROAD, keep: '20m' } as const
  const before = [
    users(),
    commit(0, fraud(template(1, BRIEF))),
    commit(5 * MINUTE, fraud(template(2, BRIEF))),
    turnsBad(WINDOW_ENDS - 3 * MINUTE),
    lever(WINDOW_ENDS - 0.5 * MINUTE, 'undo'),
  ]
  const at = WINDOW_ENDS - MINUTE

  test.each<readonly [string, readonly SimEvent[]]>([
    ['its writes are refused', [{ at, do: 'call', is: '409', on: 'PUT', times: 6 }]],
    ['nothing is read', [{ at, do: 'call', is: '500', on: 'GET onlineEndpoints', times: 60 }]],
  ])('is carried out: %s (S31)', async (_, faults) => {
    const { answers, onGreen } = await played([...before, ...faults], {
      ...{ lengthMs: 60 * MINUTE, soundModels: ['fraud:1'], badModels: ['fraud:2'] },
    })
    expect(answers).toContainEqual(['undo', 'accepted'])
    expect(onGreen).toBe(0)
  })
})

test('nobody is served, and the record says who was: history that was rewritten does not hold the way back', async () => {
  const { seconds } = await played([
    ...FIRST,
    commit(22 * MINUTE, fraud(template(1, { ...ROAD, description: 'y' })), 1),
    hand(25 * MINUTE, { edit: 'traffic', endpoint: 'fraud', to: 'zero' }),
  ])
  expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.handEdit.ms / 1000)
})

test.each<readonly [string, readonly SimEvent[]]>([
  ['suspended', [suspend(23 * MINUTE), commit(24 * MINUTE, fraud(template(1, ROAD)))]],
  ['with rewritten history', [commit(24 * MINUTE, fraud(template(1, ROAD)), 1)]],
])(
  'stable is deleted while Git wants the revision of before: that one serves at once, %s (U1)',
  async (_, held) => {
    const gone = hand(25 * MINUTE, {
      ...{ edit: 'deleteDeployment', endpoint: 'fraud', which: 'serving' },
    } as const)
    const { seconds } = await played([...FIRST, ...held, gone])
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.deploymentFailed.ms / 1000)
  },
)

describe('an endpoint moves in mid-canary to an Application of the same repository', () => {
  const other = { other: template(1) }
  const otherB = { otherb: template(1) }
  const before = [
    users(),
    commit(0, { endpoints: { fraud: template(1, ROAD), ...other } }, undefined, 'a'),
    commit(0, { endpoints: otherB }, undefined, 'b'),
    commit(5 * MINUTE, { endpoints: { fraud: template(2, ROAD), ...other } }, undefined, 'a'),
  ]
  const moves = (fraudThere: EndpointTree): readonly SimEvent[] => [
    commit(7.5 * MINUTE, { endpoints: { fraud: fraudThere, ...otherB } }, undefined, 'b'),
    commit(7.5 * MINUTE, { endpoints: other }, undefined, 'a'),
    turnsBad(8 * MINUTE),
  ]
  const two: Partial<Draft> = {
    applications: ['a', 'b'].map((name) => ({ name, repository: 'r' })),
    controllers: [
      { name: 'c1', application: 'a' },
      { name: 'c2', application: 'b' },
    ],
  }
  const observes: SimEvent = {
    ...{ at: 7 * MINUTE, do: 'sync', application: 'b' },
    sync: { mode: 'observe' },
  }

  test.each<readonly [string, readonly SimEvent[]]>([
    ['only observes', [observes, ...moves(template(2, ROAD))]],
    ['is suspended, and has no Rollout for it', [suspend(7 * MINUTE, 'b'), ...moves(plain())]],
    [
      'does not run',
      [
        { at: 7 * MINUTE, do: 'crash', controller: 'c2', forMs: 60 * MINUTE },
        ...moves(template(2, ROAD)),
      ],
    ],
    [
      'declares it too, and this one still does, without a Rollout',
      [
        suspend(7 * MINUTE, 'a'),
        commit(
          7.5 * MINUTE,
          { endpoints: { fraud: template(2, ROAD), ...otherB } },
          undefined,
          'b',
        ),
        commit(7.5 * MINUTE, { endpoints: { fraud: plain(), ...other } }, undefined, 'a'),
        turnsBad(8 * MINUTE),
      ],
    ],
  ])('users leave its candidate where that one %s (S28)', async (_, events) => {
    const { seconds, onGreen } = await played([...before, ...events], two)
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
    expect(onGreen).toBe(0)
  })

  test.each<readonly [string, number]>([
    ['at rest', 25],
    ['in mid-canary', 7.5],
  ])('nobody is served there any more, and that one does not run: %s', async (_, minutes) => {
    const { seconds } = await played(
      [
        ...before,
        { at: (minutes - 0.5) * MINUTE, do: 'crash', controller: 'c2', forMs: 60 * MINUTE },
        commit(
          minutes * MINUTE,
          { endpoints: { fraud: template(2, ROAD), ...otherB } },
          undefined,
          'b',
        ),
        commit(minutes * MINUTE, { endpoints: other }, undefined, 'a'),
        hand((minutes + 5) * MINUTE, { edit: 'traffic', endpoint: 'fraud', to: 'zero' }),
      ],
      two,
    )
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.handEdit.ms / 1000)
  })
})
