import type { Edit, Mutation } from './mutation.ts'

const CHECKS = 'src/core/plan/checks.ts'
const FACTS = 'src/core/plan/facts.ts'
const PATIENCE = 'src/core/plan/patience.ts'
const ADVANCE = 'src/core/rollout/advance.ts'
const STAGING = 'src/core/plan/staging.ts'
const CAPACITY = 'src/core/rollout/capacity.ts'
const SPLIT = 'src/core/rollout/weights.ts'
const REMOVAL = 'src/core/plan/removal.ts'
const COMMANDS = 'src/core/rollout/commands.ts'

/** The guards against the failures of peers (INVARIANTS §1.1), row by row. */
export const MUTATIONS: readonly Mutation[] = [
  {
    row: 'R1',
    test: 'peers-capacity.test.ts',
    guard:
      'what traffic may come back to loses no instance before the rollout and its window are over',
    edits: [
      edit(CHECKS, 'const shrinks = count < instancesIn(live) && !isOver', 'const shrinks = false'),
    ],
  },
  {
    row: 'R2',
    test: 'peers-traffic.test.ts',
    guard: 'a deployment is idle only by an endpoint that is seen at rest',
    edits: [edit(PATIENCE, " || endpoint.phase === 'Provisioning'", '')],
  },
  {
    row: 'R3',
    test: 'peers-traffic.test.ts',
    guard: 'a delete waits until the longest request that began before has ended',
    edits: [edit(REMOVAL, '  takesTraffic,\n  isDraining,\n', '  takesTraffic,\n')],
  },
  {
    row: 'R4',
    test: 'peers-capacity.test.ts',
    guard: 'a revert that is still to be written has moved nothing yet',
    edits: [edit(CHECKS, ' && stage.progress.turn === undefined', '')],
  },
  {
    row: 'R4',
    test: 'peers-capacity.test.ts',
    guard: 'the steps size the candidate, never the stable revision; and the guard behind that',
    edits: [
      edit(
        FACTS,
        'record === undefined || record.stable.slot === wanted.slot',
        "record === undefined || (record.phase === 'stable' && record.stable.slot === wanted.slot)",
      ),
      edit(CHECKS, ' && stage.progress.turn === undefined', ''),
    ],
  },
  {
    row: 'R5',
    test: 'peers-traffic.test.ts',
    guard: 'no step is judged before the endpoint is seen with the weights of its record',
    edits: [edit(STAGING, 'record !== undefined && isInForce(record, scene)', 'true')],
  },
  {
    row: 'R5',
    test: 'peers-traffic.test.ts',
    guard: 'who serves is read from the endpoint, whatever the record says',
    edits: [
      edit(
        'src/core/plan/road.ts',
        'new Set([...Object.keys(ROUTES[kind].read(body)), ...Object.keys(mirrored)])',
        'new Set(Object.keys(mirrored))',
      ),
    ],
  },
  {
    row: 'R5',
    test: 'peers-azure.test.ts',
    guard: 'a deployment is written only while its endpoint is what the plan saw',
    edits: [
      edit(
        'src/core/plan/steps.ts',
        '    ...(assessment.stage === undefined ? {} : groundsOf(assessment.ref, input)),\n',
        '',
      ),
    ],
  },
  {
    row: 'R6',
    test: 'peers-capacity.test.ts',
    guard: 'a weight is entered with the instances for it',
    edits: [
      edit(
        'src/core/rollout/steps/set-weight.ts',
        "return shortOf(facts, percent) ?? { go: 'move' }",
        "return { go: 'move' }",
      ),
    ],
  },
  {
    row: 'R7',
    test: 'peers-traffic.test.ts',
    guard: 'what gets traffic is Succeeded at this moment',
    edits: [edit(FACTS, "const isUp = live.phase === 'Ready'", 'const isUp = true')],
  },
  {
    row: 'R8',
    test: 'peers-progress.test.ts',
    guard: 'an abort needs a rollout',
    edits: [
      edit(
        COMMANDS,
        "    if (record.phase === 'stable' && !isComing) return 'No rollout is under way.'\n",
        '',
      ),
    ],
  },
  {
    row: 'R9',
    test: 'peers-progress.test.ts',
    guard:
      'an aborted revision is tried again for new content or a retry, not for the time that passed',
    edits: [
      edit(
        ADVANCE,
        'if (candidate?.rev !== wanted.rev || isSameSlot(stable, wanted)) {',
        'if (candidate?.rev !== wanted.rev || now >= (record.untilMs ?? 0)) {',
      ),
    ],
  },
  {
    row: 'R9',
    test: 'peers-progress.test.ts',
    guard: 'an abort holds in the bake, too',
    edits: [
      edit(
        COMMANDS,
        "if (record.phase === 'aborted') return 'It is aborted already.'",
        "if (record.phase === 'aborted' || record.phase === 'baking') return 'Too late.'",
      ),
    ],
  },
  {
    row: 'R10',
    test: 'peers-progress.test.ts',
    guard: 'new content ends an abort',
    edits: [
      edit(
        ADVANCE,
        'if (candidate?.rev !== wanted.rev || isSameSlot(stable, wanted)) {',
        'if (isSameSlot(stable, wanted)) {',
      ),
    ],
  },
  {
    row: 'R10',
    test: 'peers-progress.test.ts',
    guard: 'a newer revision takes the place of an unfinished one',
    edits: [
      edit(
        ADVANCE,
        "return giveWay(situation, record, 'superseded', 'A newer revision takes its place.')",
        'return undefined',
      ),
    ],
  },
  {
    row: 'R11',
    test: 'peers-progress.test.ts',
    guard: 'the road forward asks for nothing of the stable revision',
    edits: [
      edit(
        ADVANCE,
        '  if (!facts.isReady)\n    return stay(situation, record, {\n',
        '  if (!facts.isReady || situation.deployments.get(record.stable.slot)?.isUp !== true)\n    return stay(situation, record, {\n',
      ),
    ],
  },
  {
    row: 'R12',
    test: 'peers-azure.test.ts',
    guard: 'a conflict is looked at again soon, by the same process',
    edits: [
      edit(
        'src/adapters/azure/taxonomy.ts',
        "const conflict = later('conflict')",
        "const conflict = (reason: string): Verdict => ({ ...user(reason), errorClass: 'conflict' })",
      ),
    ],
  },
  {
    row: 'R12',
    test: 'peers-progress.test.ts',
    guard: 'a refusal is remembered by what was to be written, not by when',
    edits: [
      edit(
        'src/core/plan/assess-all.ts',
        'content: generationOf(KINDS[ref.kind], timeless)',
        'content: assessment.generation',
      ),
    ],
  },
  {
    row: 'R13',
    test: 'peers-capacity.test.ts',
    guard: 'one planner, and no second write while Azure is at work on an endpoint’s tree',
    edits: [edit('src/core/plan/plan.ts', 'working.has(scope) || ', '')],
  },
  {
    row: 'R14',
    test: 'peers-capacity.test.ts',
    guard: 'instances that Git leaves to an autoscaler are never written',
    edits: [
      edit(
        FACTS,
        "const full = spec.instance_count\n  if (typeof full !== 'number') return undefined",
        'const full = Number(spec.instance_count ?? 4)',
      ),
    ],
  },
  {
    row: 'R14',
    test: 'peers-capacity.test.ts',
    guard: 'corrections of what others keep moving back come ever more seldom, and end in words',
    edits: [edit(PATIENCE, 'if (count <= FIRST_CORRECTIONS_FREE) return 0', 'return 0')],
  },
  {
    row: 'R15',
    test: 'peers-traffic.test.ts',
    guard: 'both weights of a split come of one subtraction',
    edits: [edit(SPLIT, '[stable]: 100 - percent', '[stable]: 100 - percent / 2')],
  },
  {
    row: 'R16',
    test: 'peers-progress.test.ts',
    guard: 'the last revision that baked is kept until its successor has',
    edits: [edit(FACTS, '  return new Set([\n    stable.slot,\n', '  return new Set([\n')],
  },
  {
    row: 'R16',
    test: 'peers-progress.test.ts',
    guard: 'no weight rises on what is not up, not even on the way back',
    edits: [edit(STAGING, 'if (down === undefined) return progress', 'return progress')],
  },
  {
    row: 'R17',
    test: 'peers-traffic.test.ts',
    guard: 'every write of traffic names every deployment',
    edits: [edit('src/core/plan/body.ts', '{ ...zeros, ...weights }', 'weights')],
  },
  {
    row: 'R17',
    test: 'peers-traffic.test.ts',
    guard: 'on reading, 0 is the same as not there',
    edits: [edit('src/core/plan/body.ts', ' && entry[1] > 0)', ')')],
  },
  {
    row: 'R18',
    test: 'peers-capacity.test.ts',
    guard: 'no more traffic to what has too few instances for it',
    edits: [edit(CAPACITY, 'if (instances >= needed) return undefined', 'return undefined')],
  },
  {
    row: 'R18',
    test: 'peers-capacity.test.ts',
    guard: 'the way back is as large as it was when it served',
    edits: [edit(FACTS, "isWayBack && typeof full === 'number' ? full : 0", '0')],
  },
  {
    row: 'R19',
    test: 'peers-progress.test.ts',
    guard: 'a revision begins at rest, with nothing of the record before',
    edits: [
      edit(
        'src/core/rollout/progress.ts',
        'const rest = { ...atRest(record.stable, situation.now), ...window(record) }',
        'const rest = { ...record, candidate: situation.wanted }',
      ),
    ],
  },
  {
    row: 'R20',
    test: 'peers-progress.test.ts',
    guard: 'steps that are behind are not looked at again',
    edits: [edit('src/core/rollout/walk.ts', '    if (index < from) continue\n', '')],
  },
]

function edit(file: string, from: string, to: string): Edit {
  return { file, from, to }
}
