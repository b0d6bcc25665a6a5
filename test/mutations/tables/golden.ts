import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

const JUDGEMENTS = rolloutTests('judgements')
const GOLDEN = rolloutTests('golden-verdict')
const ANEW = rolloutTests('judged-anew')
const IS_BAD = { only: 'a bad revision|what says nothing|failures in a row' }

/** Checks, what counts as data, and golden requests. */
export const CHECKING: readonly Mutation[] = [
  ...inFile('src/core/rollout/judgements.ts', [
    [
      'the false-abort rate is one for each check',
      'const own = (ALPHA * (1 - golden)) / Math.max(1, judged)',
      'const own = ALPHA * (1 - golden) * Math.max(1, judged / judged)',
      JUDGEMENTS,
    ],
    [
      'golden requests have no part of the false-abort rate',
      "some(({ type }) => type === 'verify') ? GOLDEN_SHARE : 0",
      "some(({ type }) => type === 'verify') ? 0 : 0",
      JUDGEMENTS,
    ],
    [
      'the bake has false aborts of its own, beside those of the rollout',
      'alpha: own * (1 - share)',
      'alpha: own',
      JUDGEMENTS,
    ],
    [
      'S21 a threshold passes without requests',
      'if ((requests ?? 0) < rule.minRequests) {',
      'if ((requests ?? 1e9) < rule.minRequests) {',
      JUDGEMENTS,
    ],
    [
      'a window that missed a threshold counts more than once',
      'const isNew = about.endMs - at >= windowMs',
      'const isNew = about.endMs >= at || windowMs < 0',
      JUDGEMENTS,
    ],
    [
      'R19 misses of one rollout count in the next',
      'const isSince = before?.startMs === about.startMs',
      'const isSince = before !== undefined',
      JUDGEMENTS,
    ],
    ['S29 what can never be compared is waited for', "  'NoReference',\n", '', JUDGEMENTS],
    [
      'S29 a provider that is down has nothing to say before there is traffic',
      "answer !== undefined && (answer.is !== 'noData' || !UNANSWERED.has(answer.reason))",
      'answer === undefined || answer !== undefined',
      JUDGEMENTS,
    ],
    [
      'S29 a check without data misses nothing',
      "return { ...judgement, missing: judgement.reason === 'NoRequests' ? 'requests' : 'answer' }",
      'return judgement',
      JUDGEMENTS,
    ],
    [
      'S29 a candidate without requests misses nothing',
      "    judgements.find(({ missing }) => missing === 'answer') ??\n    judgements.find(({ missing }) => missing === 'requests')\n",
      "    judgements.find(({ missing }) => missing === 'answer')\n",
      [...JUDGEMENTS, ...rolloutTests('data-hold')],
    ],
  ]),
  ...inFile('src/core/plan/rollouts/judging.ts', [
    [
      'S27 a verdict is forgotten with what it rested on',
      'failureCounts.failed[check.id] ?? verdicts.get(check.id)',
      'verdicts.get(check.id)',
      planTests('watched'),
    ],
  ]),
  ...inFile('src/core/rollout/golden/golden-verdict.ts', [
    [
      'one golden request that fails once is final',
      'return Math.min(MOST_ATTEMPTS, Math.max(2, needed))',
      'return Math.min(1, Math.max(2, needed))',
      GOLDEN,
      IS_BAD,
    ],
    [
      'a golden request may fail for ever',
      'return faults.length >= attemptsFor(files, anyOf)',
      'return faults.length >= 100 * attemptsFor(files, anyOf)',
      GOLDEN,
      IS_BAD,
    ],
    [
      'S2 a golden request that failed passes',
      'const open = all.find(({ isPassed }) => !isPassed)',
      'const open = all.find(({ isPassed }) => isPassed === null)',
      GOLDEN,
      IS_BAD,
    ],
    [
      'golden requests that were not asked have passed',
      'const unasked = all.find(({ problem, isPassed }) => problem !== undefined && !isPassed)',
      'const unasked = all.find(({ problem }) => problem === null)',
      GOLDEN,
      IS_BAD,
    ],
    [
      'many golden requests that fail at the first try are luck',
      'if (one === undefined || chance > CHANCE) continue',
      'if (one === undefined || chance > 0) continue',
      GOLDEN,
      IS_BAD,
    ],
    [
      'the rate of stable does not count for golden requests',
      "return Math.max(rate, kind === 'latency' ? LEAST_SLOW : LEAST_FAILURES)",
      "return Math.max(rate * 0, kind === 'latency' ? LEAST_SLOW : LEAST_FAILURES)",
      GOLDEN,
      IS_BAD,
    ],
    [
      'golden requests that could not be sent are sent again in the same turn',
      "if (answers.some((answer) => 'problem' in answer)) return []\n",
      '',
      GOLDEN,
      IS_BAD,
    ],
    [
      'a golden request that was answered rightly once is asked again',
      'return !isPassed && faults.length < MOST_ATTEMPTS',
      'return faults.length < MOST_ATTEMPTS',
      [...GOLDEN, ...testsIn('reconcile', 'ask')],
      { only: 'was right once|answered right|of which one fails' },
    ],
  ]),
  ...inFile('src/core/rollout/golden/golden.ts', [
    [
      'a large answer is checked against a schema of many parts in one go',
      'if (isTooMuch(expect.schema, body))',
      'if (isTooMuch(expect.schema, null))',
      rolloutTests('golden'),
    ],
    [
      'any status is right',
      'if (answer.status !== status)',
      'if (answer.status < 0)',
      rolloutTests('golden'),
    ],
    [
      'an answer may take as long as it likes',
      'if (answer.latencyMs > maxLatencyMs) {',
      'if (answer.latencyMs < 0) {',
      rolloutTests('golden'),
    ],
    [
      'an exact answer may say more',
      'if (rules.isExact && extra !== undefined) return',
      'if (rules.isExact && extra === null) return',
      rolloutTests('golden'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/advance.ts', [
    [
      'other golden requests try nothing again',
      "if (isJudgedAnew(record, rollout)) return wants === 'candidate'\n",
      '\n',
      ANEW,
    ],
    [
      'frozen, other golden requests try again what was refused',
      "if (isHeld || record === undefined || wants === 'unknown') return false\n  if (isJudgedAnew",
      'if (record === undefined) return false\n  if (isJudgedAnew',
      ANEW,
    ],
  ]),
  ...inFile('src/core/rollout/decide/transitions.ts', [
    [
      'S27 what was refused is tried again before its users are back',
      'if (!input.isArrived) return undefined\n    const message = `The ${judgesIn',
      'const message = `The ${judgesIn',
      ANEW,
    ],
  ]),
  ...inFile('src/core/rollout/decide/decision.ts', [
    [
      'S7 what somebody or a deadline ended is tried again by other checks',
      "trigger === 'analysis' ? markOf(input, reason) : undefined",
      'markOf(input, reason)',
      ANEW,
    ],
  ]),
  ...inFile('src/core/rollout/decide/tried.ts', [
    [
      'S7 what failed its checks is tried again by other golden requests',
      'if (GOLDEN_REASONS.includes(reason)) return',
      'if (true) return',
      ANEW,
    ],
    [
      'S7 what failed a check is tried again because another check came beside it',
      "const failed = decidingChecks(rollout).find((check) => judgementOf(check).outcome === 'fail')",
      'const failed = decidingChecks(rollout)[0]',
      ANEW,
    ],
    [
      'S7 what failed a check is tried again because it is called otherwise',
      'const { id: _, name: __, ...rule } = check',
      'const { name: __, ...rule } = check',
      ANEW,
    ],
    [
      'S7 what failed a check is tried again by a check of which nothing changed',
      'of(rollout).every((one) => markBy(judge, one) !== tried)',
      'of(rollout).some((one) => markBy(judge, one) !== tried)',
      ANEW,
    ],
  ]),
]
