import { describe, expect, test } from '@jest/globals'
import { REACTION_TIMES } from './checker/reaction-times.ts'
import { played } from './played.ts'
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
const KEPT = { ...ROAD, keep: '60m' } as const
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
    commit(0, { endpoints: { fraud: template(1, KEPT), ...other } }, undefined, 'a'),
    commit(0, { endpoints: otherB }, undefined, 'b'),
    commit(5 * MINUTE, { endpoints: { fraud: template(2, KEPT), ...other } }, undefined, 'a'),
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

  /** From then on fraud is the other one's, which does not run, or cannot be read. */
  const leaves = (minutes: number, there: 'unreadable' | EndpointTree): readonly SimEvent[] => [
    { at: (minutes - 0.5) * MINUTE, do: 'crash', controller: 'c2', forMs: 60 * MINUTE },
    there === 'unreadable'
      ? commit(minutes * MINUTE, { endpoints: otherB, broken: 'yaml' }, undefined, 'b')
      : commit(minutes * MINUTE, { endpoints: { fraud: there, ...otherB } }, undefined, 'b'),
    commit(minutes * MINUTE, { endpoints: other }, undefined, 'a'),
  ]
  const nobody = (minutes: number) =>
    hand(minutes * MINUTE, { edit: 'traffic', endpoint: 'fraud', to: 'zero' })
  const lost = (minutes: number) =>
    hand(minutes * MINUTE, { edit: 'deleteDeployment', endpoint: 'fraud', which: 'serving' })
  const split = plain({ deployments: { blue: 1, green: 2 }, traffic: { blue: 50, green: 50 } })
  const first = (tree: EndpointTree) =>
    commit(0, { endpoints: { fraud: tree, ...other } }, undefined, 'a')

  test.each<readonly [string, readonly SimEvent[]]>([
    ['at rest', [...before, ...leaves(25, template(2, ROAD)), nobody(30)]],
    ['in mid-canary', [...before, ...leaves(7.5, template(2, ROAD)), nobody(12.5)]],
    ['and its newest commit cannot be read', [...before, ...leaves(25, 'unreadable'), nobody(30)]],
    ['no Rollout moves it', [users(), first(plain()), ...leaves(6, plain()), nobody(12)]],
    ['it is split', [users(), first(split), ...leaves(6, split), nobody(12)]],
    [
      'the one that serves is deleted, and the one of before is warm',
      [...before, ...leaves(25, template(2, KEPT)), lost(30)],
    ],
    [
      'the one that serves is deleted in mid-canary',
      [...before, ...leaves(7.5, template(2, ROAD)), lost(12.5)],
    ],
    [
      'it is deleted while the candidate has its users',
      [...before, ...leaves(7.5, template(2, ROAD)), lost(8)],
    ],
    ['one side of a split is deleted', [users(), first(split), ...leaves(6, split), lost(12)]],
  ])('nobody is served there any more, and that one does not run: %s', async (_, events) => {
    const { seconds } = await played(events, { ...two, lengthMs: 45 * MINUTE })
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.handEdit.ms / 1000)
  })

  test('an undo within the window is carried out where that one does not run (L11)', async () => {
    const events = [
      ...before,
      ...leaves(25, template(2, KEPT)),
      turnsBad(29 * MINUTE),
      { ...lever(30 * MINUTE, 'undo'), application: 'a' } as SimEvent,
    ]
    const { answers, onGreen } = await played(events, {
      ...{ ...two, soundModels: ['fraud:1'], badModels: ['fraud:2'] },
    })
    expect(answers).toEqual([['undo', 'accepted']])
    expect(onGreen).toBe(0)
  })
  test.each<readonly [string, readonly SimEvent[], SimEvent]>([
    [
      'what was aborted, when what is proven is deleted',
      [...before, lever(7.2 * MINUTE, 'abort')].map((event) =>
        event.do === 'lever' ? { ...event, application: 'a' } : event,
      ),
      lost(12),
    ],
  ])('nobody is sent to %s', async (_, events, gone) => {
    const { onGreen } = await played([...events, ...leaves(8, 'unreadable'), gone], {
      ...{ ...two, soundModels: ['fraud:1'], badModels: ['fraud:2'] },
    })
    expect(onGreen).toBe(0)
  })
})

describe('where drift of endpoints is ignored, or only reported, and somebody takes our tags off in the bake', () => {
  const policy = (drift: 'ignore' | 'report'): SimEvent => ({
    ...{ at: 0, do: 'sync', application: APP },
    sync: { driftByKind: { OnlineEndpoint: drift } },
  })
  const untagged = hand(14 * MINUTE, { edit: 'loseTags', endpoint: 'fraud' })

  test.each(['ignore', 'report'] as const)(
    'a candidate that turns bad loses its users: %s (S27)',
    async (drift) => {
      const { seconds, onGreen } = await played([
        ...[policy(drift), ...FIRST, untagged, turnsBad(15 * MINUTE)],
      ])
      expect(seconds).toBeLessThanOrEqual(REACTION_TIMES.badCandidate.ms / 1000)
      expect(onGreen).toBe(0)
    },
  )

  test.each(['ignore', 'report'] as const)('an undo is carried out: %s (L11)', async (drift) => {
    const events = [
      ...[policy(drift), users(), commit(0, fraud(template(1, KEPT)))],
      commit(5 * MINUTE, fraud(template(2, KEPT))),
      hand(23 * MINUTE, { edit: 'loseTags', endpoint: 'fraud' }),
      lever(26 * MINUTE, 'undo'),
    ]
    const { answers, onGreen } = await played(events)
    expect(answers).toContainEqual(['undo', 'accepted'])
    expect(onGreen).toBe(0)
  })
})
