import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

const START = testsIn('adapters/azure', 'start')
const LOOKS = testsIn('adapters/azure', 'looks')
const TURNS = testsIn('adapters/azure', 'endpoint-turns')
const FAILING = testsIn('adapters/azure', 'failing')
const BUGS = testsIn('reconcile', 'around-bugs')

/** What one thing may not cost the others: reads, turns, looks, deletes and plans. */
export const ISOLATION: readonly Mutation[] = [
  ...inFile('src/core/model/memory.ts', [
    [
      'S7 a clock that is set makes a record forgotten that somebody took away',
      'withoutAbsent({ hasServed, making, seen, record, judged })',
      'withoutAbsent({ hasServed, making, judged })',
      testsIn('core/model', 'memory'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/looks.ts', [
    [
      'S26 what a list shows of an endpoint brings no new reading of its deployments',
      'if (isAtRest(endpoint) && look.mark !== markOf(endpoint)) return true',
      'if (isAtRest(endpoint) && look.mark === undefined) return true',
      LOOKS,
    ],
    [
      'S11 a write that readings do not show yet is not looked for',
      'look === undefined || now() < look.unseenUntil',
      'look === undefined',
      LOOKS,
    ],
    [
      'S27 what a rollout under way rests on is read in its turn',
      'closely.has(keyOf(one.ref)) || isDue(one)',
      'isDue(one)',
      [...LOOKS, ...START],
    ],
    [
      'what serves nobody has its turn like all others',
      'return deployments.length > 0 || now - at >= EMPTY_MS',
      'return true',
      LOOKS,
    ],
    [
      'S18 a write that is seen is looked for at every look, for two minutes',
      'busy !== undefined || isSeen(write, deployments)',
      'busy !== undefined',
      LOOKS,
    ],
    [
      'S26 what a list shows no more is known as it was',
      'for (const [key, look] of looks) if (look.kind === kind && !kept.has(key)) forget(key)\n',
      '',
      LOOKS,
    ],
  ]),
  ...inFile('src/adapters/azure/observe/polls.ts', [
    [
      'L2 what is learnt puts off the first look for as long as it likes',
      'return Math.min(since + expected, at + LATEST_MS)',
      'return since + expected',
      LOOKS,
    ],
    [
      'what Azure is at work on is polled at every look',
      'return poll !== undefined && now() >= nextPoll(poll, durations[poll.work], requests)',
      'return poll !== undefined',
      LOOKS,
    ],
    [
      'S18 the more Azure is at work on, the more is asked',
      'passed * SHARE, requests * APART_MS)',
      'passed * SHARE)',
      LOOKS,
    ],
  ]),
  ...inFile('src/adapters/azure/observe/endpoints.ts', [
    [
      'S26 what a hand does to an endpoint is not seen while something is watched',
      'if (pages === 1 || !complete || isPutOff || wholeAfterMs === 0) return false',
      'if (pages === 1 || !complete || wholeAfterMs === 0) return false',
      TURNS,
    ],
    [
      'S15 what is not known to be all is deleted from, beside what is looked at closely',
      'if (pages === 1 || !complete || isPutOff || wholeAfterMs === 0) return false',
      'if (pages === 1 || isPutOff || wholeAfterMs === 0) return false',
      TURNS,
    ],
    [
      'L11 what somebody takes over is looked for one look later',
      'if (pages === 1 || !complete || isPutOff || wholeAfterMs === 0) return false',
      'if (pages === 1 || !complete || isPutOff) return false',
      TURNS,
    ],
    [
      'S27 what a GET does not tell is asked for at every look',
      'moving.length >= pages || moving.some(isHidden)',
      'moving.length >= pages',
      TURNS,
    ],
    [
      'S11 a write to an endpoint is not looked for',
      'distinct([...movingIn(kept, closely), ...unseen.refs(kind), ...stale])',
      'distinct([...movingIn(kept, closely), ...stale])',
      TURNS,
    ],
    [
      'S27 what a rollout under way rests on is not read between two looks at all',
      'const moves = (key: string) => closely.has(key) || polls.isDue(key, pages)',
      'const moves = (key: string) => polls.isDue(key, pages)',
      TURNS,
    ],
    [
      'S15 a list that did not come to its end is taken for one',
      'if (!complete) return { wholeAt: LONG_AGO, isPutOff: false }\n',
      '',
      TURNS,
    ],
    [
      'many that move are read one by one',
      'const isShorter = moving.length >= pages ||',
      'const isShorter = moving.length < 0 ||',
      TURNS,
    ],
  ]),
  ...inFile('src/adapters/azure/throttle/budget.ts', [
    [
      'S18 what nothing speaks of is read again without measure',
      'const count = Math.min(most, Math.floor(saved))',
      'const count = most',
      [...LOOKS, ...testsIn('adapters/azure', 'budget')],
    ],
    [
      'one who has much to read again leaves no turn to the others',
      'const share = most / [...sizes.values()].reduce((sum, size) => sum + size, 0)\n',
      'const share = 1\n',
      testsIn('adapters/azure', 'budget'),
    ],
  ]),
  ...inFile('src/lib/monotonic.ts', [
    [
      'U1 L5 S31 a clock that was set back keeps waiting what was to wait for a moment',
      'const isSet = setting !== settings() || time < at\n',
      'const isSet = setting !== settings()\n',
      testsIn('adapters/azure', 'ages throttle looks token'),
    ],
    [
      'S18 a clock that is set ends every window',
      'const isSet = setting !== settings() || time < at\n',
      'const isSet = time < at\n',
      testsIn('adapters', 'monotonic'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/failing.ts', [
    [
      'L5 what never answers is tried at every look',
      'return now - at >= Math.min(AGAIN_MS_MAX, waitMs)',
      'return now >= at && waitMs >= 0',
      FAILING,
    ],
    [
      'L2 what has failed often is never tried again',
      'Math.min(AGAIN_MS_MAX, waitMs)',
      'waitMs',
      FAILING,
    ],
  ]),
  ...inFile('src/adapters/azure/http/client.ts', [
    [
      'L2 a service that takes no number for a page shows nothing',
      'if (page.status !== 400) return page\n',
      'return page\n',
      TURNS,
    ],
  ]),
  ...inFile('src/reconcile/tick.ts', [
    [
      'L11 who asks is answered from what was read before',
      'for (const ref of endpointsNamed(endpoint)) closely.add(keyOf(ref))',
      'for (const ref of endpointsNamed(endpoint)) closely.delete(keyOf(ref))',
      testsIn('sim', 'asked-now'),
    ],
    [
      'L11 what was made a moment ago cannot be taken over',
      "verb === 'adopt' || verb === 'approve'",
      "verb === 'approve'",
      testsIn('sim', 'asked-now'),
    ],
  ]),
  ...inFile('src/core/plan/plan.ts', [
    [
      'L7 a look at all endpoints that was put off comes when something else is to do',
      'const isSoon = actions.length > 0 || input.world.isPutOff === true',
      'const isSoon = actions.length > 0',
      planTests('memory'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/unseen.ts', [
    [
      'S11 an older answer ends the wait for what was written',
      'if (writes.get(key)?.mark !== markOf(endpoint)) writes.delete(key)',
      'writes.delete(key)',
      TURNS,
    ],
    [
      'L5 what was written and never shows is asked for at every look',
      'if (now() >= until) writes.delete(key)',
      'if (until < 0) writes.delete(key)',
      TURNS,
    ],
  ]),
  ...inFile('src/adapters/azure/observe/stale-list-entries.ts', [
    [
      'S26 a list that leaves out what a GET has shown is believed',
      'lists.get(collectionOf(kind, parent))?.add(name.toLowerCase())',
      'lists.get(collectionOf(kind, parent))?.has(name.toLowerCase())',
      TURNS,
    ],
  ]),
  ...inFile('src/adapters/azure/observe/trees.ts', [
    [
      'S26 one that a GET does not find is there as it was',
      'if (lives.length < refs.length) return false\n',
      '',
      TURNS,
    ],
    [
      'L5 all that could not be read are tried, though the first cannot be again',
      'if (trees.some(({ complete }) => !complete)) break\n',
      '',
      FAILING,
    ],
    [
      'L2 one that could not be read is read again in a look, and no more',
      'left.length > 0; count *= 2',
      'left.length > 0 && count < 2; count *= 2',
      FAILING,
    ],
    [
      'S15 deployments that could not be read are told as none',
      'trees[place]?.complete !== true',
      'trees[place]?.complete === undefined',
      [...START, ...FAILING],
    ],
  ]),
  ...inFile('src/core/plan/prune/removal.ts', [
    [
      'S15 what belongs to what could not be read is deleted',
      'if (!input.world.unread.has(scope)) return undefined',
      'if (input.world.unread.size >= 0) return undefined',
      planTests('removal recreate'),
    ],
    [
      'L7 what could not be read of one endpoint holds the deletes of all',
      'if (!input.world.unread.has(scope)) return undefined',
      'if (input.world.unread.size === 0) return undefined',
      planTests('removal'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/moving.ts', [
    [
      'S6 a candidate gets all users though stable is up again',
      'if (isOvertaken(input, record)) {',
      'if (isOvertaken(input, record) && record.isPaused) {',
      rolloutTests('made-again'),
    ],
    [
      'U1 users stay on a candidate that nobody can judge though stable is up again',
      "judgements.length > 0 && judgements.every(({ reason }) => reason !== 'NoReference')",
      'judgements.length > 0',
      rolloutTests('way-back'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/moving.ts', [
    [
      'S6 a candidate that nobody judged becomes stable because stable was lost',
      'if (record.isAlone && input.isRemade && isUnjudged(input))',
      'if (record.isAlone && input.isRemade && record.isPaused)',
      rolloutTests('way-back'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/stable.ts', [
    [
      'L11 a commit that reverts waits for what failed of the revision of before',
      'return (isUp || failure !== undefined) && isWarm(input, back)',
      'return isUp && failure !== undefined && isWarm(input, back)',
      testsIn('sim', 'degraded-previous'),
    ],
    [
      'S4 a commit that reverts sends all users to fewer instances than serve them',
      'if (known.failure?.isWant)',
      'if (known.failure?.isWant && input.now < 0)',
      testsIn('sim', 'degraded-previous'),
    ],
  ]),
  ...inFile('src/core/plan/prune/recreate.ts', [
    [
      'S15 an endpoint is made again while its deployments could not be read',
      'checkUnread(assessment, around) ?? checkDraining(assessment, around)',
      'checkDraining(assessment, around)',
      planTests('recreate'),
    ],
  ]),
  ...inFile('src/core/plan/unplanned.ts', [
    [
      'S15 something is deleted while something else cannot be planned',
      "{ what: 'deletes', reason: 'Bug', message: FROZEN }",
      '',
      BUGS,
    ],
    [
      'what cannot be planned is planned without what is live',
      'resources: world.resources.filter(isPlanned)',
      'resources: world.resources',
      BUGS,
    ],
    [
      'what cannot be planned is silent',
      'held: [...planned.plan.held, ...held],',
      'held: planned.plan.held,',
      BUGS,
    ],
  ]),
  ...inFile('src/core/plan/bug.ts', [
    [
      'L5 a fault in planning one thing stops the planning of all',
      'new PlanningBug(scopeOf(ref), error)',
      'error',
      BUGS,
    ],
  ]),
]
