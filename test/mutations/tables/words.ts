import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

const ABOUT = rolloutTests('about')
const CAUSES = planTests('causes')
const SKEW = testsIn('adapters/analysis', 'skew')

/** What people say, what providers say of the time, and what waits for whom. */
export const WORDS: readonly Mutation[] = [
  ...inFile('src/core/rollout/decide/about.ts', [
    [
      'S31 a lever moves another revision than the one it was said of',
      'const isOther = now !== undefined && revision !== now',
      'const isOther = false',
      ABOUT,
    ],
    [
      'S31 a lever moves another rollout of the same revision',
      'const isAnew = beganAt !== undefined && beganMs > 0 && beganMs !== beganAt',
      'const isAnew = false',
      ABOUT,
    ],
    [
      'S31 a promote whose answer was lost ends a second wait',
      "if (verb === 'promote' && isDone(about, standing))",
      'if (false)',
      ABOUT,
    ],
    [
      'S31 what waits is bound anew at every turn',
      'return { ...intent, about: { ...seen, ...intent.about } }',
      'return { ...intent, about: seen }',
      ABOUT,
    ],
    [
      'S31 a retry of what was aborted begins what Git wants since',
      "const isOfGit = verb === 'retry' && wanted.slot !== ''",
      'const isOfGit = false',
      ABOUT,
    ],
    [
      'S31 undo at rest is of what is to come',
      "if (record.phase === 'stable') return verb === 'undo' ? record.stable.rev : wanted.rev",
      "if (record.phase === 'stable') return wanted.rev",
      ABOUT,
    ],
  ]),
  ...inFile('src/core/report/expiry.ts', [
    [
      'S31 a lever waits for ever',
      'return until !== undefined && now >= until.at',
      'return until !== undefined && now >= until.at * 2',
      ABOUT,
    ],
    [
      'S31 a lever begins to wait anew at every turn',
      'if (intent.until?.setting === setting) return intent\n',
      '',
      ABOUT,
    ],
    [
      'S31 a clock that was set makes a lever expire',
      'if (intent.until?.setting === setting) return intent\n',
      'if (intent.until !== undefined) return intent\n',
      ABOUT,
    ],
  ]),
  ...inFile('src/core/rollout/decide/answered.ts', [
    [
      'L11 a promote is refused while the step that it is to end has not begun',
      'return isPassed || isSettling(input, record)',
      'return isPassed',
      ABOUT,
    ],
  ]),
  ...inFile('src/reconcile/tick.ts', [
    [
      'S31 what was given up is planned with',
      'intents.filter((one) => !isExpired(one, now))',
      'intents',
      testsIn('reconcile', 'tick'),
    ],
  ]),
  ...inFile('src/adapters/inbox/memory.ts', [
    [
      'S31 what waits forgets what it is about',
      'waiting.set(intent.id, { ...asked, intent, why: answer.message })',
      'waiting.set(intent.id, asked)',
      testsIn('adapters/inbox', 'memory'),
    ],
  ]),
  ...inFile('src/server/rollout-routes.ts', [
    [
      'S31 what the API is told is about whatever is there later',
      'const about = revision === undefined ? {} : { about: { revision } }',
      'const about = {}',
      testsIn('server', 'levers'),
    ],
  ]),
  ...inFile('src/adapters/analysis/http/skew.ts', [
    [
      'S31 a provider that is ahead judges by what was before',
      'const AHEAD_MS = 60_000',
      'const AHEAD_MS = 1e15',
      SKEW,
    ],
    [
      'S31 a provider that is behind is not told of',
      'const BEHIND_MS = 10 * 60_000',
      'const BEHIND_MS = 1e15',
      SKEW,
    ],
  ]),
  ...inFile('src/core/plan/rollouts/judging.ts', [
    [
      'L11 what has the same content under another name is never measured',
      '!isSameSlot(record.stable, wanted)',
      'record.stable.rev !== wanted.rev',
      rolloutTests('explicit'),
    ],
  ]),
  ...inFile('src/core/plan/causes.ts', [
    [
      'L11 an endpoint that is tried again waits for its rollout, which failed in the same way',
      ' && rolloutPlan.decision.message === message',
      '',
      CAUSES,
    ],
    [
      'L11 traffic waits for what is held and does not say so',
      "if (reason === 'TrafficWaits') return trafficPlan?.waitingFor ?? []",
      "if (reason === 'TrafficWaits') return []",
      CAUSES,
    ],
    [
      'L11 traffic waits for what is held to be up and does not say so',
      'if (awaits !== undefined) return [awaits]',
      '',
      planTests('facts'),
    ],
    [
      'L11 a rollout waits for a candidate that is held and does not say so',
      'return isUnready ? candidateOf(rolloutPlan) : []',
      'return []',
      CAUSES,
    ],
    [
      'L11 a deployment that failed and is held now is no cause',
      " || rolloutPlan.decision.phase === 'degraded'",
      '',
      CAUSES,
    ],
    [
      'L11 a rollout waits for others that wait for somebody and does not say so',
      "if (reason === 'RolloutsAtLimit') return underWay\n",
      '',
      CAUSES,
    ],
    [
      'L11 only the next link of a chain of waits is told',
      'if (next.every((one, place) => one === told[place])) return told',
      'if (told === held) return next',
      CAUSES,
    ],
  ]),
]
