import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

const PROBING = planTests('probing')
const SENDER = testsIn('adapters/azure', 'probe-sender')
const DECLARED = testsIn('core/manifests', 'rollout-probe')
const LOOP = testsIn('reconcile', 'probes')

/** Requests that the controller itself sends to users' endpoints: when, how many, and what they may be taken for. */
export const PROBES: readonly Mutation[] = [
  ...inFile('src/core/plan/status/probing.ts', [
    [
      'probes are sent where an Application only observes',
      'if (isObserving(around.input.sync)) return []',
      '',
      PROBING,
    ],
    [
      'probes are sent for what is suspended, frozen or somebody else’s',
      'if (isHeld !== undefined) return []',
      '',
      PROBING,
    ],
    ['probes go on while a rollout is paused', ' || record.isPaused || ', ' || ', PROBING],
    [
      'probes go on while a failed rollout waits for somebody',
      " || phase === 'degraded'",
      '',
      PROBING,
    ],
    [
      'probes go on after the plan that takes the traffic back',
      'return isArrived && isRecordKept ? probeIn',
      'return isArrived ? probeIn',
      PROBING,
    ],
    [
      'probes begin before the weights are in force',
      'return isArrived && isRecordKept ? probeIn',
      'return isRecordKept ? probeIn',
      PROBING,
    ],
  ]),
  ...inFile('src/adapters/azure/scoring/probe-sender.ts', [
    [
      'probes go on though no tick has asked for them',
      'if (signal.aborted || now() >= untilMs) break',
      'if (signal.aborted) break',
      SENDER,
    ],
    [
      'probes that nobody wants any more go on',
      '    streams.delete(id)\n    stream.stop()\n',
      '    streams.delete(id)\n',
      SENDER,
    ],
    [
      'probes that were held up come in a burst',
      'dueAt = Math.max(dueAt + MINUTE_MS / probe.perMinute, now())',
      'dueAt += MINUTE_MS / probe.perMinute',
      SENDER,
    ],
    [
      'probes heap up before an endpoint that does not answer',
      ' || underWay.size >= AT_ONCE',
      '',
      SENDER,
    ],
    [
      'probes are sent within the time that an endpoint asked for',
      'if (answer.retryAfterMs !== undefined) beQuiet(answer.retryAfterMs)',
      '',
      SENDER,
    ],
    ['probes hammer with a key that is refused', 'if (isFresh) beQuiet(REFUSED_MS)', '', SENDER],
    [
      'each probe that an old key lets down takes away the fresh one',
      'if (way !== refused) return now() >= quietUntil',
      '',
      SENDER,
    ],
    [
      'a probe that an ended token lets down is not sent again',
      'if (renew(used, known)) return answerTo(request)',
      'renew(used, known)',
      SENDER,
    ],
  ]),
  ...inFile('src/reconcile/loop.ts', [
    [
      'probes outlive the loop',
      '  } finally {\n    ports.probes.keep([], 0)\n  }\n',
      '  } finally {\n  }\n',
      LOOP,
    ],
  ]),
  ...inFile('src/reconcile/tick.ts', [
    ['a look sends probes', 'if (!options.dryRun) ports.probes.keep(', 'ports.probes.keep(', LOOP],
  ]),
  ...inFile('src/core/manifests/rollouts/probe-checks.ts', [
    [
      'users of the bake are held against the error rate of probes',
      'if (index === -1 || !isHeldAgainstProbes) return []',
      'if (index !== -2 || !isHeldAgainstProbes) return []',
      DECLARED,
    ],
  ]),
  ...inFile('src/core/rollout/steps/probe.ts', [
    [
      'a probe may be a load test',
      'perMinute: wholeNumber(1, MAX_PER_MINUTE)',
      'wholeNumber(1, 1e9)',
      DECLARED,
    ],
    [
      'a probe may be of any length',
      'if (length > MAX_BODY)',
      'if (length > MAX_BODIES)',
      DECLARED,
    ],
    [
      'probes may be of any length together',
      'if (all <= MAX_BODIES) return',
      'if (all >= 0) return',
      DECLARED,
    ],
  ]),
  ...inFile('src/core/model/probes/probe-order.ts', [
    [
      'the same probes come to the candidate each time',
      ', 8), 16))',
      ', 8), 16) * 0)',
      testsIn('core/model', 'probe-order'),
    ],
  ]),
  ...inFile('src/core/rollout/probed.ts', [
    [
      'a pass does not say that it rests on probes',
      "if (different === 0 || verdict.outcome !== 'pass') return verdict",
      'if (different >= 0) return verdict',
      rolloutTests('probed'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/tried.ts', [
    [
      'what other probes were sent for is not tried again',
      'return probes.length === 0 ? rule : { ...rule, probes }',
      'return probes.length === 0 ? rule : { ...rule }',
      rolloutTests('judged-anew'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/rollout-input.ts', [
    [
      'a candidate that is alone is held against what stable had come to by probes',
      "isProbed ? checks.filter(({ rule }) => rule.judge === 'threshold') : checks",
      'checks',
      testsIn('core/rollout', 'probed'),
    ],
  ]),
  ...inFile('src/core/report/report.ts', [
    [
      'where the workspace cannot be read probes are told as if they were sent',
      '.map(withoutProbe)',
      '',
      testsIn('core/report', 'probe-events'),
    ],
  ]),
  ...inFile('src/core/rollout/probed.ts', [
    [
      'a file that two steps send counts twice',
      'new Set(probesFor(check, rollout).map(({ name }) => name)).size',
      'probesFor(check, rollout).length',
      testsIn('core/rollout', 'probed'),
    ],
  ]),
]
