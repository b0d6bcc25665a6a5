import type { Mutation } from '../mutation.ts'
import { inFile, rolloutTests } from './rows.ts'

const ADVANCE = rolloutTests('advance road')
const ROAD = rolloutTests('road')
const STATES = rolloutTests('states losses')
const DATA = rolloutTests('data-hold')
const LEVERS = rolloutTests('levers')

/** The rollout engine: states, events, steps, and the record. */
export const ROLLOUT: readonly Mutation[] = [
  ...inFile('src/core/rollout/state.ts', [
    [
      "S26 a list's silence is taken for gone",
      "return absent.has(slot.slot) ? 'gone' : 'unknown'",
      "return 'gone'",
      ROAD,
    ],
    [
      'S30 a failed update of what serves is a failed create',
      "return facts.hasServed ? 'degraded' : 'failed'",
      "return 'failed'",
      [...STATES, ...ROAD],
    ],
    [
      'L9 a failed create is a failed update',
      "return facts.hasServed ? 'degraded' : 'failed'",
      "return 'degraded'",
      [...STATES, ...ROAD],
    ],
    [
      'a deployment that runs something else is the one that is meant',
      "return isOther ? 'changed' : 'up'",
      "return 'up'",
      rolloutTests('losses states way-back'),
    ],
    [
      'the revision of before is warm after its window',
      'previous !== undefined && situation.now < untilMs && healthOf(situation, previous)',
      'previous !== undefined && healthOf(situation, previous)',
      [...LEVERS, ...STATES],
    ],
    [
      'the revision of before is warm while Azure is at work on it',
      "healthOf(situation, previous) === 'up'",
      "healthOf(situation, previous) !== 'gone'",
      [...STATES, ...rolloutTests('way-back')],
    ],
    [
      'S7 aborted content in another slot is new',
      "if (phase !== 'stable' && (isAborted || isSameSlot(wanted, candidate)))",
      "if (phase !== 'stable' && isSameSlot(wanted, candidate))",
      rolloutTests('advance'),
    ],
    [
      'a revert after the window is a quick one',
      "return isSameSlot(wanted, previous) && now < untilMs ? 'previous' : 'newer'",
      "return isSameSlot(wanted, previous) ? 'previous' : 'newer'",
      rolloutTests('advance'),
    ],
  ]),
  ...inFile('src/core/rollout/advance.ts', [
    [
      'S27 traffic of an aborted revision that is still there is not urgent',
      'return has > 0 ? { ...progress, isUrgent: true } : progress',
      'return progress',
      STATES,
    ],
    [
      'S27 mirrored requests of an aborted revision are left',
      'const has = (live[slot] ?? 0) + (mirror[slot] ?? 0)',
      'const has = live[slot] ?? 0',
      STATES,
    ],
    [
      'S27 what was withdrawn and still has users is not urgent',
      "const isLeaving = record?.phase === 'stable' && inForceMs === 0",
      'const isLeaving = false',
      STATES,
    ],
    ['S31 the deadline counts waits for people', ' && !waitsForPerson(situation)\n', '\n', ROAD],
    [
      'L3 a rollout has no deadline',
      'spentMs >= rollout.deadlineMs',
      'spentMs >= rollout.deadlineMs * 1e6',
      ROAD,
    ],
    [
      'S28 a provider that is down is waited for with users on the candidate',
      'return blindMs >= NO_DATA_MS &&',
      'return blindMs >= NO_DATA_MS * 1e6 &&',
      DATA,
    ],
    [
      'a canary without users is given back for want of data',
      "(live[record?.candidate?.slot ?? ''] ?? 0) > 0\n}\n\n/**\n * Users of",
      'record !== undefined\n}\n\n/**\n * Users of',
      DATA,
    ],
    [
      'suspended, a newer commit moves traffic',
      "if (isHeld || record === undefined || wants === 'unknown') return false",
      "if (record === undefined || wants === 'unknown') return false",
      rolloutTests('refusals'),
    ],
    [
      'a label that does not resolve ends a rollout',
      "if (isHeld || record === undefined || wants === 'unknown') return false",
      'if (isHeld || record === undefined) return false',
      [...STATES, ...rolloutTests('template')],
    ],
    [
      'steps that changed go on where they were',
      "return isMoving && (wants !== 'candidate' || isOtherRoad)",
      "return isMoving && wants !== 'candidate'",
      ROAD,
    ],
    [
      'a candidate that is gone is waited for',
      "if (isOver || healthOf(situation, { slot }) === 'gone') {",
      'if (isOver) {',
      ROAD,
    ],
    [
      'S30 a passing failure of a candidate under traffic ends it',
      'failure !== undefined && !failure.isPassing',
      'failure !== undefined',
      STATES,
    ],
    [
      'S27 a candidate that Azure gave up on keeps its users',
      "const isOver = state.candidate === 'failed' || (failure !== undefined && !failure.isPassing)",
      'const isOver = false',
      ROAD,
    ],
    [
      'S28 checks of the whole rollout are not watched',
      'failureIn([...rollout.analysis, ...own]',
      'failureIn([...own]',
      ROAD,
    ],
    [
      'S28 checks of the step in force are not watched',
      'failureIn([...rollout.analysis, ...own]',
      'failureIn([...rollout.analysis]',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/walk.ts', [
    [
      'S29 steps are entered without data',
      "return said.go === 'move' ? (dataHold(road) ?? said) : said",
      'return said',
      DATA,
    ],
    [
      'S29 full traffic comes without data',
      'const unseen = dataHold(road)\n',
      'const unseen = dataHold({ ...road, situation: { ...road.situation, intents: [{ verb: "promote" } as never] } })\n',
      DATA,
    ],
    [
      'S29 a provider that is down before the first weight holds nothing',
      'const checks = hasUsers ? rollout.analysis : checksOf(rollout)',
      'const checks = hasUsers ? rollout.analysis : []',
      DATA,
    ],
    [
      'L11 a promote does not go on without data',
      "if (intents.some(({ verb }) => verb === 'promote')) return undefined\n",
      '',
      DATA,
    ],
    [
      'S6 a step that waits is passed',
      "    if (said.go === 'wait') return stop(road, index, said)\n",
      '',
      ADVANCE,
    ],
    [
      'S6 a step that says no is passed',
      "    if (said.go === 'fail') return { failed: said }\n",
      '',
      ADVANCE,
    ],
    [
      'S4 full traffic goes to what cannot carry it',
      'const short = shortOf(facts, 100)\n',
      'const short = shortOf(facts, 1)\n',
      rolloutTests('advance'),
    ],
    [
      'S31 the time of a step begins before it is entered',
      'elapsedMs: isEntered ? inForceMs : 0',
      'elapsedMs: inForceMs',
      ADVANCE,
    ],
    [
      'a promote is heard by a step that is not entered',
      "isPromoted: isEntered && situation.intents.some(({ verb }) => verb === 'promote')",
      "isPromoted: situation.intents.some(({ verb }) => verb === 'promote')",
      LEVERS,
    ],
    [
      'S5 the revision of before is not kept after a promotion',
      '{ previous: stable, untilMs: now + rollout.keep.forMs }',
      '{}',
      ROAD,
    ],
    [
      'S26 a stable deployment that is gone is kept as the way back',
      "    healthOf(situation, stable) === 'gone'\n",
      '    false\n',
      STATES,
    ],
    [
      'S31 what was spent before a step is forgotten',
      '    beganMs: from === BEFORE ? now : record.beganMs,\n    ...(from === BEFORE ? {} : { spentMs: Math.floor(situation.spentMs) }),\n',
      '    beganMs: from === BEFORE ? now : record.beganMs,\n',
      STATES,
    ],
    [
      'S21 evidence counts from before the first weight',
      'startMs: record.startMs === 0 && isMove ? now : record.startMs',
      'startMs: record.startMs === 0 ? record.beganMs : record.startMs',
      ROAD,
    ],
  ]),
  ...inFile('src/core/rollout/moving.ts', [
    [
      'S8 a step is judged before its write is seen',
      '  if (!situation.isArrived)\n    return stay',
      '  if (situation.now < 0)\n    return stay',
      ROAD,
    ],
    [
      'a step is passed while the candidate is changed',
      '  if (!facts.isReady) {\n',
      '  if (situation.now < 0) {\n',
      ROAD,
    ],
    [
      'S4 a candidate that lost instances goes on',
      "if (short?.go !== 'wait') return undefined",
      'return undefined',
      ROAD,
    ],
    ['a paused rollout goes on', '  if (record.isPaused)\n', '  if (situation.now < 0)\n', LEVERS],
    ['S28 a bake has no time', '  if (left > 0) {\n', '  if (left > 1e12) {\n', ROAD],
    [
      'S29 a bake ends by its clock alone',
      "  if (open?.go === 'wait')\n",
      "  if (open?.go === 'fail')\n",
      ROAD,
    ],
    [
      'L11 a promote does not end a bake',
      "if (intents.some(({ verb }) => verb === 'promote'))\n    return promoted",
      "if (intents.some(({ verb }) => verb === 'adopt'))\n    return promoted",
      LEVERS,
    ],
  ]),
  ...inFile('src/core/rollout/progress.ts', [
    [
      'onFailure: hold goes back all the same',
      "if (rollout.onFailure === 'rollback' || record.phase === 'stable')",
      'if (rollout.name !== undefined)',
      ROAD,
    ],
    ['L4 an abort is not urgent', "isUrgent: record.phase !== 'stable'", 'isUrgent: false', ROAD],
    [
      'S27 a revert or a newer revision is not urgent',
      'reason }), mirror, isUrgent: true }',
      'reason }), mirror, isUrgent: false }',
      ROAD,
    ],
    [
      'mirroring to a candidate goes on after its rollout',
      'mirror: without(mirror, [stable.slot, candidate?.slot])',
      'mirror',
      [...rolloutTests('commits hands'), ...STATES],
    ],
    [
      'the control group of a bake gets no traffic',
      '100 - rollout.bakeControl',
      '100',
      [...STATES, ...rolloutTests('bake')],
    ],
  ]),
  ...inFile('src/core/rollout/stable.ts', [
    [
      'S2 the first revision gets traffic without its golden requests',
      "const steps = rollout.steps.filter(({ type }) => type === 'verify')",
      "const steps = rollout.steps.filter(({ type }) => type === 'trial')",
      rolloutTests('advance'),
    ],
    [
      'S2 a quick way back goes to a wrong answer',
      "  if (isFailed(checked))\n    return failed(situation, record, { ...checked.failed, trigger: 'analysis' })\n  if (checked.turn === undefined) return { ...checked, record, ...inForce(record, situation) }\n",
      '',
      rolloutTests('advance'),
    ],
    [
      'the record of a rollout is written before its first step',
      'return walked.turn === undefined ? { ...walked, record, ...inForce(record, situation) } : walked',
      'return walked',
      rolloutTests('advance'),
    ],
    [
      'S27 a quick way back under a freeze is urgent',
      'isUrgent: !isHeld',
      'isUrgent: true',
      rolloutTests('refusals'),
    ],
    [
      'a window that is over stays open',
      'if (previous !== undefined && now >= untilMs) {',
      'if (previous !== undefined && now < 0) {',
      rolloutTests('advance'),
    ],
  ]),
  ...inFile('src/core/rollout/lost-stable.ts', [
    [
      'S7 what was aborted is forgotten when the stable deployment is lost',
      "    record.phase === 'aborted'\n      ? { ...aborted",
      "    record.phase === 'baking'\n      ? { ...aborted",
      STATES,
    ],
    [
      'S27 falling back to the revision of before is not urgent',
      "reason: 'StableGone' }),\n    isUrgent: true,\n",
      "reason: 'StableGone' }),\n",
      STATES,
    ],
    [
      'L11 a promote of a stranded candidate is not heard',
      'if (promote !== undefined) return adoptCandidate',
      'if (promote === null) return adoptCandidate',
      STATES,
    ],
    [
      'a revision of before that is not up takes over',
      'return facts?.isUp === true && (facts.rev ?? rev) === rev',
      'return rev !== slot || facts === undefined',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/unrecorded.ts', [
    [
      'traffic without a record goes to what does not answer',
      'return facts !== undefined && (facts.isUp || facts.hasServed)',
      'return name !== undefined || facts !== undefined',
      STATES,
    ],
    [
      'traffic without a record goes to what fewest users are on',
      'y - x || (a < b ? -1 : 1)',
      'x - y || (a < b ? -1 : 1)',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/transitions.ts', [
    [
      'S5 an undo goes back without its window',
      '    candidate: stable,\n    untilMs: now + rollout.keep.forMs,\n',
      '    candidate: stable,\n',
      rolloutTests('way-back levers losses'),
    ],
    [
      'S7 an aborted revision is told to be back before it is seen',
      '  if (!situation.isArrived) {\n',
      '  if (situation.now < 0) {\n',
      rolloutTests('advance'),
    ],
    [
      'the time of a step goes on through a pause',
      'isPaused: false, sinceMs: situation.now, ...spent(situation)',
      'isPaused: false, ...spent(situation)',
      LEVERS,
    ],
  ]),
  ...inFile('src/core/rollout/record.ts', [
    [
      'a record that was copied or edited is taken for ours',
      'if (end < 0 || text.slice(end + 3) !== checkOf(body, endpointKey)) return undefined',
      'if (end < 0) return undefined',
      rolloutTests('record'),
    ],
    [
      'a record of another version is read',
      'if (version !== VERSION) return undefined\n',
      '',
      rolloutTests('record'),
    ],
    [
      'a record with a part missing is read',
      'return isWhole(record) ? (Object',
      'return isWhole(record) || record.step !== -1 ? (Object',
      rolloutTests('record'),
    ],
    [
      'a record on its way needs no candidate',
      '(!isMoving || record.candidate !== undefined)',
      '(!isMoving || record.phase !== undefined)',
      rolloutTests('record'),
    ],
    [
      'any name is a slot',
      'return NAME.test(slot) && REV.test(rev) ? { slot, rev } : undefined',
      'return { slot, rev }',
      rolloutTests('record'),
    ],
  ]),
  ...inFile('src/core/rollout/answered.ts', [
    [
      'a promote that the way holds up is refused at once',
      "return isPassed ? { result: 'pending', message } : refusal(progress)",
      'return refusal(progress)',
      rolloutTests('refusals levers'),
    ],
  ]),
]
