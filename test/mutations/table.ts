import type { Mutation } from './mutation.ts'

const CHECKS = 'src/core/plan/checks.ts'
const FACTS = 'src/core/plan/facts.ts'
const PATIENCE = 'src/core/plan/patience.ts'
const ADVANCE = 'src/core/rollout/advance.ts'
const COMMANDS = 'src/core/rollout/commands.ts'

/** The guards against the failures of peers (INVARIANTS §1.1), row by row. */
export const MUTATIONS: readonly Mutation[] = [
  {
    row: 'R1',
    test: 'peers-capacity.test.ts',
    guard:
      'what traffic may come back to loses no instance before the rollout and its window are over',
    edits: [
      {
        file: CHECKS,
        from: 'const shrinks = count < instancesIn(live) && !isOver',
        to: 'const shrinks = false',
      },
    ],
  },
  {
    row: 'R2',
    test: 'peers-traffic.test.ts',
    guard: 'a deployment is idle only by an endpoint that is seen at rest',
    edits: [{ file: PATIENCE, from: " || endpoint.phase === 'Provisioning'", to: '' }],
  },
  {
    row: 'R3',
    test: 'peers-traffic.test.ts',
    guard: 'a delete waits until the longest request that began before has ended',
    edits: [
      {
        file: 'src/core/plan/removal.ts',
        from: '  takesTraffic,\n  isDraining,\n',
        to: '  takesTraffic,\n',
      },
    ],
  },
  {
    row: 'R4',
    test: 'peers-capacity.test.ts',
    guard: 'a revert that is still to be written has moved nothing yet',
    edits: [{ file: CHECKS, from: ' && stage.progress.turn === undefined', to: '' }],
  },
  {
    row: 'R4',
    test: 'peers-capacity.test.ts',
    guard: 'the steps size the candidate, never the stable revision; and the guard behind that',
    edits: [
      {
        file: FACTS,
        from: 'record === undefined || record.stable.slot === wanted.slot',
        to: "record === undefined || (record.phase === 'stable' && record.stable.slot === wanted.slot)",
      },
      { file: CHECKS, from: ' && stage.progress.turn === undefined', to: '' },
    ],
  },
  {
    row: 'R5',
    test: 'peers-traffic.test.ts',
    guard: 'no step is judged before the endpoint is seen with the weights of its record',
    edits: [
      {
        file: 'src/core/plan/staging.ts',
        from: 'isSame(inForce(record, { rollout, mirror: flows.mirror }).weights, flows.live)',
        to: 'true',
      },
    ],
  },
  {
    row: 'R5',
    test: 'peers-traffic.test.ts',
    guard: 'who serves is read from the endpoint, whatever the record says',
    edits: [
      {
        file: 'src/core/plan/road.ts',
        from: 'new Set([...Object.keys(ROUTES[kind].read(body)), ...Object.keys(mirrored)])',
        to: 'new Set(Object.keys(mirrored))',
      },
    ],
  },
  {
    row: 'R5',
    test: 'peers-azure.test.ts',
    guard: 'a deployment is written only while its endpoint is what the plan saw',
    edits: [
      {
        file: 'src/core/plan/steps.ts',
        from: '    ...(assessment.stage === undefined ? {} : groundsOf(assessment.ref, input)),\n',
        to: '',
      },
    ],
  },
  {
    row: 'R6',
    test: 'peers-capacity.test.ts',
    guard: 'a weight is entered with the instances for it',
    edits: [
      {
        file: 'src/core/rollout/steps/set-weight.ts',
        from: "return shortOf(facts, percent) ?? { go: 'move' }",
        to: "return { go: 'move' }",
      },
    ],
  },
  {
    row: 'R7',
    test: 'peers-traffic.test.ts',
    guard: 'what gets traffic is Succeeded at this moment',
    edits: [{ file: FACTS, from: "const isUp = live.phase === 'Ready'", to: 'const isUp = true' }],
  },
  {
    row: 'R8',
    test: 'peers-progress.test.ts',
    guard: 'an abort needs a rollout',
    edits: [
      {
        file: COMMANDS,
        from: "    if (record.phase === 'stable' && !isComing) return 'No rollout is under way.'\n",
        to: '',
      },
    ],
  },
  {
    row: 'R9',
    test: 'peers-progress.test.ts',
    guard:
      'an aborted revision is tried again for new content or a retry, not for the time that passed',
    edits: [
      {
        file: ADVANCE,
        from: 'if (candidate?.rev !== wanted.rev || isSameSlot(stable, wanted)) {',
        to: 'if (candidate?.rev !== wanted.rev || now >= (record.untilMs ?? 0)) {',
      },
    ],
  },
  {
    row: 'R9',
    test: 'peers-progress.test.ts',
    guard: 'an abort holds in the bake, too',
    edits: [
      {
        file: COMMANDS,
        from: "if (record.phase === 'aborted') return 'It is aborted already.'",
        to: "if (record.phase === 'aborted' || record.phase === 'baking') return 'Too late.'",
      },
    ],
  },
  {
    row: 'R10',
    test: 'peers-progress.test.ts',
    guard: 'new content ends an abort',
    edits: [
      {
        file: ADVANCE,
        from: 'if (candidate?.rev !== wanted.rev || isSameSlot(stable, wanted)) {',
        to: 'if (isSameSlot(stable, wanted)) {',
      },
    ],
  },
  {
    row: 'R10',
    test: 'peers-progress.test.ts',
    guard: 'a newer revision takes the place of an unfinished one',
    edits: [
      {
        file: ADVANCE,
        from: "return giveWay(situation, record, 'superseded', 'A newer revision takes its place.')",
        to: 'return undefined',
      },
    ],
  },
  {
    row: 'R11',
    test: 'peers-progress.test.ts',
    guard: 'the road forward asks for nothing of the stable revision',
    edits: [
      {
        file: ADVANCE,
        from: '  if (!facts.isReady)\n    return stay(situation, record, {\n',
        to: '  if (!facts.isReady || situation.deployments.get(record.stable.slot)?.isUp !== true)\n    return stay(situation, record, {\n',
      },
    ],
  },
  {
    row: 'R12',
    test: 'peers-azure.test.ts',
    guard: 'a conflict is looked at again soon, by the same process',
    edits: [
      {
        file: 'src/adapters/azure/taxonomy.ts',
        from: "const conflict = later('conflict')",
        to: "const conflict = (reason: string): Verdict => ({ ...user(reason), errorClass: 'conflict' })",
      },
    ],
  },
  {
    row: 'R12',
    test: 'peers-progress.test.ts',
    guard: 'a refusal is remembered by what was to be written, not by when',
    edits: [
      {
        file: 'src/core/plan/assess-all.ts',
        from: 'content: generationOf(KINDS[ref.kind], timeless)',
        to: 'content: assessment.generation',
      },
    ],
  },
  {
    row: 'R13',
    test: 'peers-capacity.test.ts',
    guard: 'one planner, and no second write while Azure is at work on an endpoint’s tree',
    edits: [{ file: 'src/core/plan/plan.ts', from: 'working.has(scope) || ', to: '' }],
  },
  {
    row: 'R14',
    test: 'peers-capacity.test.ts',
    guard: 'instances that Git leaves to an autoscaler are never written',
    edits: [
      {
        file: FACTS,
        from: "const full = spec.instance_count\n  if (typeof full !== 'number') return undefined",
        to: 'const full = Number(spec.instance_count ?? 4)',
      },
    ],
  },
  {
    row: 'R14',
    test: 'peers-capacity.test.ts',
    guard: 'corrections of what others keep moving back come ever more seldom, and end in words',
    edits: [
      { file: PATIENCE, from: 'if (count <= FIRST_CORRECTIONS_FREE) return 0', to: 'return 0' },
    ],
  },
  {
    row: 'R15',
    test: 'peers-traffic.test.ts',
    guard: 'both weights of a split come of one subtraction',
    edits: [
      {
        file: 'src/core/rollout/weights.ts',
        from: '[stable]: 100 - percent',
        to: '[stable]: 100 - percent / 2',
      },
    ],
  },
  {
    row: 'R16',
    test: 'peers-progress.test.ts',
    guard: 'the last revision that baked is kept until its successor has',
    edits: [
      { file: FACTS, from: '  return new Set([\n    stable.slot,\n', to: '  return new Set([\n' },
    ],
  },
  {
    row: 'R16',
    test: 'peers-progress.test.ts',
    guard: 'no weight rises on what is not up, not even on the way back',
    edits: [
      {
        file: 'src/core/plan/staging.ts',
        from: 'if (down === undefined) return progress',
        to: 'return progress',
      },
    ],
  },
  {
    row: 'R17',
    test: 'peers-traffic.test.ts',
    guard: 'every write of traffic names every deployment',
    edits: [{ file: 'src/core/plan/body.ts', from: '{ ...zeros, ...weights }', to: 'weights' }],
  },
  {
    row: 'R17',
    test: 'peers-traffic.test.ts',
    guard: 'on reading, 0 is the same as not there',
    edits: [{ file: 'src/core/plan/body.ts', from: ' && entry[1] > 0)', to: ')' }],
  },
  {
    row: 'R18',
    test: 'peers-capacity.test.ts',
    guard: 'no more traffic to what has too few instances for it',
    edits: [
      {
        file: 'src/core/rollout/capacity.ts',
        from: 'if (instances >= needed) return undefined',
        to: 'return undefined',
      },
    ],
  },
  {
    row: 'R18',
    test: 'peers-capacity.test.ts',
    guard: 'the way back is as large as it was when it served',
    edits: [{ file: FACTS, from: "isWayBack && typeof full === 'number' ? full : 0", to: '0' }],
  },
  {
    row: 'R19',
    test: 'peers-progress.test.ts',
    guard: 'a revision begins at rest, with nothing of the record before',
    edits: [
      {
        file: 'src/core/rollout/progress.ts',
        from: 'const rest = { ...atRest(record.stable, situation.now), ...window(record) }',
        to: 'const rest = { ...record, candidate: situation.wanted }',
      },
    ],
  },
  {
    row: 'R20',
    test: 'peers-progress.test.ts',
    guard: 'steps that are behind are not looked at again',
    edits: [{ file: 'src/core/rollout/walk.ts', from: '    if (index < from) continue\n', to: '' }],
  },
]
