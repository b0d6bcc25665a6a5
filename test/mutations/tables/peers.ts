import type { Mutation } from '../mutation.ts'
import { inFile, planTests, type Row, testsIn } from './rows.ts'

/** A row of INVARIANTS §1.1 has tests whose names begin with it. */
function peer(row: string, file: string, what: string, find: string, replace: string): Row {
  return [
    `${row} ${what}`,
    find,
    replace,
    testsIn('sim', `peers-${file}`),
    { only: `(^| )${row}: ` },
  ]
}

const WAY_BACK = 'src/core/plan/traffic/rollback-target.ts'

/** How other tools failed at progressive delivery (INVARIANTS §1.1), row by row. */
export const PEERS: readonly Mutation[] = [
  ...inFile(WAY_BACK, [
    peer(
      'R1',
      'capacity',
      'what traffic may come back to loses instances before the rollout and its window are over',
      'const shrinks = count < instancesIn(live) && !isOver',
      'const shrinks = false',
    ),
  ]),
  ...inFile('src/core/plan/memory/next-memory.ts', [
    peer(
      'R2',
      'traffic',
      'a deployment is idle by an endpoint that is still being updated',
      " || endpoint.phase === 'Provisioning'",
      '',
    ),
    peer(
      'R14',
      'capacity',
      'corrections of what others keep moving back come without a pause',
      'if (count <= FIRST_CORRECTIONS_FREE) return 0',
      'return 0',
    ),
  ]),
  ...inFile('src/core/plan/prune/removal.ts', [
    peer(
      'R3',
      'traffic',
      'a delete does not wait for the requests that began before',
      '  takesTraffic,\n  checkDraining,\n',
      '  takesTraffic,\n',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/deployment-states.ts', [
    [
      'R7 what is not Succeeded gets traffic',
      "const isUp = live.phase === 'Ready'",
      'const isUp = true',
      planTests('facts'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/slots-held.ts', [
    peer(
      'R14',
      'capacity',
      'instances that Git leaves to an autoscaler are written',
      "const full = spec.instance_count\n  if (typeof full !== 'number') return undefined",
      'const full = Number(spec.instance_count ?? 4)',
    ),
    peer(
      'R16',
      'progress',
      'the last revision that baked is not kept',
      '  return new Set([\n    stable.slot,\n',
      '  return new Set([\n',
    ),
    peer(
      'R18',
      'capacity',
      'the way back is as small as somebody made it',
      "isWayBack ? asked.filter((count) => typeof count === 'number') : []",
      '[] as number[]',
    ),
    [
      'R4 the steps size the stable revision, too',
      'const isHome = record === undefined || record.stable.slot === wanted.slot',
      "const isHome = record === undefined || (record.phase === 'stable' && record.stable.slot === wanted.slot)",
      testsIn('sim', 'peers-capacity'),
      {
        only: '(^| )R4: ',
        also: [
          {
            file: 'src/core/plan/plan.ts',
            find: ' || actions.has(scope) || waits)',
            replace: ' || actions.has(scope))',
          },
        ],
      },
    ],
  ]),
  ...inFile('src/core/plan/rollouts/plan-rollouts.ts', [
    peer(
      'R5',
      'traffic',
      'a step is judged before its weights are seen',
      'record !== undefined && isInForce(record, reading)',
      'record !== undefined',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/held-moves.ts', [
    [
      'R16 traffic goes back to what is broken',
      'if (down === undefined) return decision',
      'return decision',
      planTests('facts'),
    ],
  ]),
  ...inFile('src/core/plan/traffic/traffic-plan.ts', [
    peer(
      'R5',
      'traffic',
      'who serves is not read from the endpoint',
      'new Set([...Object.keys(live), ...Object.keys(mirror)])',
      'new Set(Object.keys(mirror))',
    ),
  ]),
  ...inFile('src/core/plan/steps.ts', [
    [
      'R5 a deployment is written when its endpoint is not what the plan saw',
      '    ...(assessment.rolloutPlan === undefined ? {} : groundsOf(assessment, input)),\n',
      '',
      planTests('facts'),
    ],
    [
      'S2 traffic is moved to what has changed since it was read',
      'const lives = endpoint === undefined ? rising : [endpoint]',
      'const lives = endpoint === undefined ? rising.slice(9) : [endpoint]',
      planTests('facts'),
    ],
  ]),
  ...inFile('src/core/rollout/steps/set-weight.ts', [
    peer(
      'R6',
      'capacity',
      'a weight is entered without the instances for it',
      "return shortOf(state, percent) ?? { go: 'move' }",
      "return { go: 'move' }",
    ),
  ]),
  ...inFile('src/core/rollout/table/interventions.ts', [
    peer(
      'R8',
      'progress',
      'an abort without a rollout aborts',
      "record: ['stable'],\n    transition: 'refuse'",
      "record: ['stable'],\n    transition: 'abort'",
    ),
    peer(
      'R9',
      'progress',
      'an abort in the bake comes too late',
      "    record: MOVING,\n    stable: [...ANSWERS, 'unknown'],\n    transition: 'abort'",
      "    record: ['progressing'],\n    stable: [...ANSWERS, 'unknown'],\n    transition: 'abort'",
    ),
  ]),
  ...inFile('src/core/rollout/decide/state.ts', [
    peer(
      'R9',
      'progress',
      'an aborted revision is tried again because time has passed',
      "if (phase !== 'stable' && (isAborted",
      "if (phase !== 'stable' && (phase !== 'aborted' || now < untilMs) && (isAborted",
    ),
  ]),
  ...inFile('src/core/rollout/table/ticks.ts', [
    peer(
      'R10',
      'progress',
      'new content does not end an abort',
      "transition: 'release'",
      "transition: 'aborted'",
    ),
  ]),
  ...inFile('src/core/rollout/table/ends.ts', [
    peer(
      'R10',
      'progress',
      'a newer revision waits for the unfinished one',
      "transition: 'supersede'",
      "transition: 'nothing'",
    ),
  ]),
  ...inFile('src/core/rollout/decide/stable.ts', [
    peer(
      'R11',
      'progress',
      'a broken stable revision holds up the next one',
      'if (!state.isReady) return stay(input, record, provisioning(state, wanted.slot))',
      'if (!state.isReady || input.deployments.get(record.stable.slot)?.isUp !== true) return stay(input, record, provisioning(state, wanted.slot))',
    ),
  ]),
  ...inFile('src/adapters/azure/http/taxonomy.ts', [
    [
      'R12 a conflict is final',
      "const conflict = later('conflict')",
      "const conflict = (reason: string): Verdict => ({ ...user(reason), errorClass: 'conflict' })",
      testsIn('adapters/azure', 'errors'),
    ],
  ]),
  ...inFile('src/core/plan/assess-all.ts', [
    peer(
      'R12',
      'progress',
      'a refusal is remembered by when it was to be written',
      'content: generationOf(KINDS[ref.kind], timeless)',
      'content: assessment.generation',
    ),
  ]),
  ...inFile('src/core/plan/plan.ts', [
    peer(
      'R13',
      'capacity',
      'a second write is begun while Azure is at work on the tree',
      'working.has(scope) || ',
      '',
    ),
  ]),
  ...inFile('src/core/rollout/weights.ts', [
    peer(
      'R15',
      'traffic',
      'the two weights do not sum to 100',
      '[stable]: 100 - percent',
      '[stable]: 100 - percent / 2',
    ),
  ]),
  ...inFile('src/core/plan/compare/body.ts', [
    [
      'R17 a write leaves out what gets no traffic',
      '{ ...zeros, ...weights }',
      'weights',
      planTests('traffic'),
    ],
    peer('R17', 'traffic', '0 is read as a share', ' && entry[1] > 0)', ')'),
  ]),
  ...inFile('src/core/rollout/capacity.ts', [
    peer(
      'R18',
      'capacity',
      'more traffic goes to what somebody shrank',
      'if (instances >= needed) return undefined',
      'return undefined',
    ),
  ]),
  ...inFile('src/core/rollout/decide/decision.ts', [
    peer(
      'R19',
      'progress',
      'a newer revision inherits the record of the one before',
      'const rest = { ...withdrawn(record, input.now), ...window(record) }',
      'const rest = { ...record, candidate: input.wanted, ...window(record) }',
    ),
  ]),
  ...inFile('src/core/rollout/decide/run-steps.ts', [
    peer(
      'R20',
      'progress',
      'steps that are behind are looked at again',
      '    if (index < from) continue\n',
      '',
    ),
  ]),
]
