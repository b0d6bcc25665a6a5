import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

/** What keeps an Application that only observes from writing. */
export const OBSERVE: readonly Mutation[] = [
  ...inFile('src/core/plan/plan.ts', [
    [
      'an Application that only observes writes what it plans',
      'const decisions = observes ? decided.flatMap(observed) : decided',
      'const decisions = decided',
      planTests('properties'),
    ],
    [
      'an Application that only observes looks as often as if it wrote',
      '...(observes ? {} : wakeAtOf(actions, moving, { around, held: waits })),',
      '...wakeAtOf(actions, moving, { around, held: waits }),',
      planTests('properties'),
    ],
  ]),
  ...inFile('src/core/plan/queries.ts', [
    [
      'an Application that only observes sends golden requests',
      'const probes = isObserving(input.sync)\n    ? []\n    : rolloutPlans.flatMap((rolloutPlan) => probeOf(rolloutPlan, answers))',
      'const probes = rolloutPlans.flatMap((rolloutPlan) => probeOf(rolloutPlan, answers))',
      rolloutTests('observed'),
    ],
    [
      'an Application that only observes begins trial jobs',
      '!isObserving(input.sync) && !isHeld(',
      '!isHeld(',
      planTests('batch-rollout'),
    ],
  ]),
  ...inFile('src/core/plan/causes.ts', [
    [
      'what waits for what is only observed seems to be blocked by something else',
      'return { ...held, ...reasonBehind(cause), state: ',
      'return { ...held, state: ',
      rolloutTests('observed'),
    ],
  ]),
  ...inFile('src/core/plan/findings.ts', [
    [
      'a rollout that is only observed seems to take its traffic back',
      "standing?.phase === 'aborting' && observed === undefined",
      "standing?.phase === 'aborting'",
      rolloutTests('observed'),
    ],
  ]),
  ...inFile('src/reconcile/tick.ts', [
    [
      'without Git an Application that only observes takes traffic back',
      'return isObserving(application.sync) ? { ...made, plan: observedPlan(made.plan) } : made',
      'return made',
      testsIn('sim', 'observe'),
      { only: 'gives no traffic back' },
    ],
    [
      'a lever that is refused changes the plan of an Application that only observes',
      'isObserver ? [] : intents.filter',
      'intents.filter',
      testsIn('sim', 'observe'),
      { only: 'refuses abort' },
    ],
  ]),
  ...inFile('src/core/report/report.ts', [
    [
      'L11 what was to be made where it is already is taken over',
      "if (reason === 'Adopt' || isNamedBy(ref, endpoint)) return outcome.message",
      "if (reason === 'Adopt') return outcome.message",
      testsIn('core/report', 'report'),
    ],
    [
      'an Application that only observes lets levers wait',
      'observes ? input.intents.map(refusedToObserver) : answersOf(input)',
      'answersOf(input)',
      testsIn('sim', 'observe'),
      { only: 'refuses pause' },
    ],
  ]),
]
