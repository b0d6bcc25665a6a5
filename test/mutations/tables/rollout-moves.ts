import type { Mutation } from '../mutation.ts'
import { inFile, rolloutTests, testsIn } from './rows.ts'

const ROAD = rolloutTests('road')
const STATES = rolloutTests('states losses')
const LEVERS = rolloutTests('levers')
const STEP_DEADLINE = rolloutTests('step-deadline')

/** The rollout engine: what its transitions do, and the record. */
export const ROLLOUT_MOVES: readonly Mutation[] = [
  ...inFile('src/core/rollout/decide/moving.ts', [
    [
      'U1 users stay on a candidate whose trial was left out though stable is up again',
      ' || steps.some(isLeftOut)',
      '',
      rolloutTests('way-back'),
    ],
    [
      'S8 a step is judged before its write is seen',
      '  if (!input.isArrived)\n    return stay',
      '  if (input.now < 0)\n    return stay',
      ROAD,
    ],
    [
      'a step is passed while the candidate is changed',
      '  if (!state.isReady) {\n',
      '  if (input.now < 0) {\n',
      ROAD,
    ],
    [
      'S4 a candidate that lost instances goes on',
      "if (short?.go !== 'wait') return undefined",
      'return undefined',
      ROAD,
    ],
    ['a paused rollout goes on', '  if (record.isPaused)\n', '  if (input.now < 0)\n', LEVERS],
    ['S28 a bake has no time', '  if (left > 0) {\n', '  if (left > 1e12) {\n', ROAD],
    [
      'S29 a bake ends by its clock alone',
      "  if (open?.go === 'wait')\n",
      "  if (open?.go === 'fail')\n",
      ROAD,
    ],
    [
      'L11 a promote does not end a bake',
      "const promote = intents.find(({ verb }) => verb === 'promote')",
      "const promote = intents.find(({ verb }) => verb === 'adopt')",
      LEVERS,
    ],
  ]),
  ...inFile('src/core/rollout/decide/decision.ts', [
    [
      'L11 mirroring by hand keeps a slot of the rollout’s own',
      ', ...ownSlots(rollout)]',
      ']',
      rolloutTests('hands'),
    ],
    [
      'L11 mirroring by hand keeps what is to be rolled out',
      ', wanted?.slot, ',
      ', ',
      rolloutTests('hands'),
    ],
    [
      'onFailure: hold goes back all the same',
      "if (rollout.onFailure === 'rollback' || record.phase === 'stable')",
      'if (rollout.name !== undefined)',
      ROAD,
    ],
    ['L4 an abort is not urgent', "isUrgent: record.phase !== 'stable'", 'isUrgent: false', ROAD],
    [
      'S27 a revert or a newer revision is not urgent',
      'reason }),\n    mirror,\n    isUrgent: true,\n  }',
      'reason }), mirror, isUrgent: false }',
      ROAD,
    ],
    [
      'mirroring to a candidate goes on after its rollout',
      'return Object.fromEntries(Object.entries(mirror).filter(([name]) => !slots.includes(name)))',
      'return mirror',
      [...rolloutTests('commits hands'), ...STATES],
    ],
    [
      'the control group of a bake gets no traffic',
      '100 - rollout.bakeControl',
      '100',
      [...STATES, ...rolloutTests('bake')],
    ],
  ]),
  ...inFile('src/core/rollout/decide/stable.ts', [
    [
      'S2 the first revision gets traffic without its golden requests',
      "const steps = rollout.steps.filter(({ type }) => type === 'verify')",
      "const steps = rollout.steps.filter(({ type }) => type === 'trial')",
      rolloutTests('advance'),
    ],
    [
      'S2 a quick way back goes to a wrong answer',
      "  if (isFailed(checked)) return failed(input, record, { ...checked.failed, trigger: 'analysis' })\n  if (checked.transition === undefined) return { ...checked, record, ...inForce(record, input) }\n",
      '',
      rolloutTests('advance'),
    ],
    [
      'the record of a rollout is written before its first step',
      'return walked.transition === undefined ? { ...walked, record, ...inForce(record, input) } : walked',
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
      'if (previous !== undefined && !isWindowOpen(record, input)) {',
      'if (previous !== undefined && now < 0) {',
      rolloutTests('advance'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/lost-stable.ts', [
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
      'isWindowOpen(record, input) && isWarm(input, previous)',
      'isWindowOpen(record, input)',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/ages.ts', [
    [
      'traffic without a record goes to what does not answer',
      'return state !== undefined && (state.isUp || state.hasServed)',
      'return state === undefined || state.instances >= 0',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/decide/unrecorded.ts', [
    [
      'traffic without a record goes to what fewest users are on',
      'y - x || (a < b ? -1 : 1)',
      'x - y || (a < b ? -1 : 1)',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/decide/transitions.ts', [
    [
      'S7 an aborted revision is told to be back before it is seen',
      '  if (!input.isArrived) {\n',
      '  if (input.now < 0) {\n',
      rolloutTests('advance'),
    ],
    [
      'the time of a step goes on through a pause',
      '...unpaused(record), sinceMs: input.now, ...spent(input)',
      '...unpaused(record), ...spent(input)',
      LEVERS,
    ],
  ]),
  ...inFile('src/core/rollout/decide/step-deadline.ts', [
    [
      'the deadline of a step counts the steps before it',
      'spentMs - (record.spentMs ?? 0)',
      'spentMs',
      STEP_DEADLINE,
    ],
    [
      'the deadline of a step is held against whoever says promote',
      "if (intents.some(({ verb }) => verb === 'promote')) return undefined",
      "if (intents.some(({ verb }) => verb === 'adopt')) return undefined",
      STEP_DEADLINE,
    ],
    [
      'the deadline of a step counts a wait for people',
      ' || waitsForPerson(input)) return undefined',
      ') return undefined',
      STEP_DEADLINE,
    ],
    [
      'a step’s deadline pauses users on an endpoint that lost stable',
      'isHeld || !answersUsers(',
      'isHeld && !answersUsers(',
      STEP_DEADLINE,
    ],
    [
      'a pause of a step’s deadline takes traffic back',
      "if (deadline.policy === 'fail') return why",
      "if (deadline.policy !== 'pause' || spentMs > 0) return why",
      STEP_DEADLINE,
    ],
    [
      'what was paused has a deadline of its step',
      "if (record?.phase !== 'progressing' || record.isPaused) return undefined",
      "if (record?.phase !== 'progressing') return undefined",
      STEP_DEADLINE,
    ],
  ]),
  ...inFile('src/core/rollout/record.ts', [
    [
      'a later pause is told as that of a step’s deadline',
      '{ isOverdue: _, ...record }: RolloutRecord',
      '{ ...record }: RolloutRecord',
      STEP_DEADLINE,
    ],
    [
      'S31 an undo that Azure kept out until its window was over is refused',
      'return takesBack || now < untilMs',
      'return now < untilMs',
      [...testsIn('sim', 'held-writes'), ...LEVERS],
    ],
    [
      'a record that was copied or edited is taken for ours',
      'if (end < 0 || text.slice(end + 3) !== checkOf(body, endpointKey)) return undefined',
      'if (end < 0) return undefined',
      rolloutTests('record'),
    ],
    [
      'S31 a record of a clock that was ahead waits for ours',
      'if (aheadMs <= CLOCKS_APART_MS) return record\n',
      'if (aheadMs < 1e15) return record\n',
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
  ...inFile('src/core/rollout/decide/answered.ts', [
    [
      'L11 a lever that is said while another one waits for Azure is refused',
      'taken !== undefined && comesAfter(',
      'taken === null && comesAfter(',
      rolloutTests('levers'),
    ],
    [
      'a lever that was said before the one that is carried out waits for it',
      'intents.indexOf(intent) > intents.indexOf(taken)',
      'intent !== taken',
      rolloutTests('levers'),
    ],
    [
      'L11 what was carried out is refused when it is said again',
      'if (isCarriedOut(intent, input))',
      'if (input.now < 0)',
      rolloutTests('levers'),
    ],
    [
      'L11 an abort is refused while what it goes back to is made again',
      'if (!takesBack || !isUnderWay(record) || !isRemade) return undefined',
      'if (!takesBack || !isUnderWay(record) || isRemade) return undefined',
      rolloutTests('levers'),
    ],
    [
      'what was never carried out is told to have been',
      'if (record === undefined || record.sinceMs < at) return false',
      'if (record === undefined) return false',
      rolloutTests('levers'),
    ],
    [
      'a promote that the way holds up is refused at once',
      'return isPassed || isSettling(input, record)',
      'return isSettling(input, record)',
      rolloutTests('refusals levers'),
    ],
  ]),
  ...inFile('src/core/rollout/record.ts', [
    [
      'S5 an undo goes back without its window',
      'candidate: stable,\n    untilMs: now + keepMs,\n  }',
      'candidate: stable }',
      rolloutTests('way-back levers losses'),
    ],
  ]),
]
