import type { Mutation } from '../mutation.ts'
import { inFile, rolloutTests, testsIn } from './rows.ts'

const ADVANCE = rolloutTests('advance road')
const ROAD = rolloutTests('road')
const STATES = rolloutTests('states losses')
const DATA = rolloutTests('data-hold')
const LEVERS = rolloutTests('levers')

/** The rollout engine: states, events and steps. */
export const ROLLOUT: readonly Mutation[] = [
  ...inFile('src/core/rollout/decide/state.ts', [
    [
      "S26 a list's silence is taken for gone",
      "return absent.has(slot.slot) ? 'gone' : 'unknown'",
      "return 'gone'",
      ROAD,
    ],
    [
      'S30 a failed update of what serves is a failed create',
      "return state.hasServed ? 'degraded' : 'failed'",
      "return 'failed'",
      [...STATES, ...ROAD],
    ],
    [
      'L9 a failed create is a failed update',
      "return state.hasServed ? 'degraded' : 'failed'",
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
      'isWindowOpen(record, input) &&\n          isWarm(input, record.previous)',
      'isWarm(input, record.previous)',
      [...LEVERS, ...STATES],
    ],
    [
      'the revision of before is warm while it is made again',
      'const isSame = state?.hasServed === true && ',
      'const isSame = state !== undefined && ',
      [...STATES, ...rolloutTests('way-back')],
    ],
    [
      'L11 a revision of before whose last change failed is no way back',
      "return health === 'up' || (isSame && (health === 'degraded' || health === 'busy'))",
      "return health === 'up'",
      testsIn('sim', 'degraded-previous'),
    ],
    [
      'S7 aborted content in another slot is new',
      "if (phase !== 'stable' && (isAborted || isSameSlot(wanted, candidate)))",
      "if (phase !== 'stable' && isSameSlot(wanted, candidate))",
      rolloutTests('advance'),
    ],
    [
      'a revert after the window is a quick one',
      'const isWarm = isSameSlot(wanted, previous) && isWindowOpen(record, input)',
      'const isWarm = isSameSlot(wanted, previous)',
      rolloutTests('advance'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/advance.ts', [
    [
      'S27 traffic of an aborted revision that is still there is not urgent',
      'return has > 0 ? { ...decision, isUrgent: true } : decision',
      'return decision',
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
      "const isLeaving = record?.phase === 'stable' && !wasInForce",
      'const isLeaving = false',
      STATES,
    ],
    [
      'S20 users whom somebody moves to what was withdrawn are fought over',
      "record?.phase === 'stable' && !wasInForce",
      "record?.phase === 'stable'",
      STATES,
    ],
    [
      'S31 the deadline counts waits for people',
      'isUnderWay(record) && !waitsForPerson(input) ? OVERDUE',
      'isUnderWay(record) ? OVERDUE',
      ROAD,
    ],
    [
      'L3 a rollout has no deadline',
      'spentMs < rollout.deadlineMs) return stepOverdue(input)',
      'spentMs < rollout.deadlineMs * 1e6) return stepOverdue(input)',
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
      "if (isOver || healthOf(input, { slot }) === 'gone') {",
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
      'const judgements = [...rollout.analysis, ...own]',
      'const judgements = [...own]',
      ROAD,
    ],
    [
      'S28 checks of the step in force are not watched',
      'const judgements = [...rollout.analysis, ...own]',
      'const judgements = [...rollout.analysis]',
      STATES,
    ],
  ]),
  ...inFile('src/core/rollout/decide/run-steps.ts', [
    [
      'S29 steps are entered without data',
      "return said.go === 'move' ? (dataHold(cursor) ?? said) : said",
      'return said',
      DATA,
    ],
    [
      'S29 full traffic comes without data',
      'const unseen = dataHold(cursor)\n',
      'const unseen = dataHold({ ...cursor, input: { ...cursor.input, intents: [{ verb: "promote" } as never] } })\n',
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
      "    if (said.go === 'wait') return stop(cursor, index, said)\n",
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
      'const short = shortOf(state, 100)\n',
      'const short = shortOf(state, 1)\n',
      rolloutTests('advance'),
    ],
    [
      'S5 the revision of before is not kept after a promotion',
      '{ previous: stable, untilMs: now + rollout.keep.forMs }',
      '{}',
      ROAD,
    ],
    [
      'S26 a stable deployment that is gone is kept as the way back',
      "    healthOf(input, stable) === 'gone'\n",
      '    false\n',
      STATES,
    ],
    [
      'S31 what was spent before a step is forgotten',
      '    beganMs: from === BEFORE_FIRST_STEP ? now : record.beganMs,\n    ...(from === BEFORE_FIRST_STEP ? {} : spent(input)),\n',
      '    beganMs: from === BEFORE_FIRST_STEP ? now : record.beganMs,\n',
      STATES,
    ],
    [
      'S21 evidence counts from before the first weight',
      'startMs: record.startMs === 0 && isMove ? now : record.startMs',
      'startMs: record.startMs === 0 ? record.beganMs : record.startMs',
      ROAD,
    ],
  ]),
]
