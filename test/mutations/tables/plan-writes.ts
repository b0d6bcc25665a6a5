import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn } from './rows.ts'

const TAKE_BACK = planTests('take-back')
const UNLISTED = planTests('unlisted')

/** What the planner writes, looks for and remembers. */
export const PLAN_WRITES: readonly Mutation[] = [
  ...inFile('src/core/plan/traffic/take-back.ts', [
    [
      'S27 a take-back is made although another record is on the endpoint',
      'witness: { path: recordAt, value: valueAt(body, recordAt) }',
      "witness: { path: '/nothing', value: undefined }",
      [...TAKE_BACK, ...testsIn('adapters/azure', 'take-back')],
    ],
    [
      'S22 a take-back claims that the whole commit is applied',
      'const isWhole = movesOnlyTraffic(change.differences)',
      'const isWhole = true',
      TAKE_BACK,
    ],
    [
      'S27 a take-back names deployments that may be gone',
      'const zeros = Object.fromEntries(Object.keys(live).map((name) => [name, 0]))',
      "const zeros = Object.fromEntries([...Object.keys(live), 'gone'].map((name) => [name, 0]))",
      TAKE_BACK,
    ],
    [
      'S27 what loses its traffic is left out of the write',
      'const traffic: Json = { ...zeros, ...positive(weights) }',
      'const traffic: Json = positive(weights)',
      TAKE_BACK,
    ],
    [
      'S27 mirroring goes on after a take-back',
      "{ path: '/properties/mirrorTraffic', value: positive(mirror) },",
      '',
      TAKE_BACK,
    ],
    ['S27 a take-back is not urgent', '    isUrgent: true,\n', '', TAKE_BACK],
  ]),
  ...inFile('src/core/plan/prune/unlisted.ts', [
    [
      'S26 what a record names is not looked for beside the lists',
      '    ...recorded.flatMap((one) => one?.slot ?? []),\n',
      '',
      UNLISTED,
    ],
    [
      'S26 what has traffic is not looked for beside the lists',
      '    ...Object.keys(live),\n',
      '',
      UNLISTED,
    ],
    [
      'S26 what has mirrored traffic is not looked for beside the lists',
      '    ...Object.keys(mirror),\n',
      '',
      UNLISTED,
    ],
    [
      'S26 the candidate on its way is not looked for beside the lists',
      '...(isUnderWay(record) ? [record.candidate] : []),',
      '',
      UNLISTED,
    ],
    [
      'S26 an endpoint is bereft by a list alone',
      'return slots.some((slot) => lost.has(',
      'return slots.some((slot) => !lost.has(',
      UNLISTED,
    ],
  ]),
  ...inFile('src/core/plan/memory/backoff.ts', [
    [
      'S20 a thing that keeps failing is tried at the same pace',
      'firstMs * 2 ** Math.min(count - 1, 16)',
      'firstMs',
      planTests('failures'),
    ],
  ]),
  ...inFile('src/core/plan/memory/next-memory.ts', [
    [
      'U1 traffic that nobody gets is put back after an hour, as any drift that comes back',
      'return againAt(againAfter(lastAt, waitMs), isOffTrafficPlan(assessment))',
      'return lastAt + waitMs',
      planTests('checks'),
    ],
    [
      'a Retry-After is not waited for',
      'const waitMs = Math.max(pauseMs, usualMs, retryAfterMs)',
      'const waitMs = pauseMs',
      planTests('memory'),
    ],
    [
      'U1 refusals make an operation that failed wait as long as if it had failed so often',
      'known.failures + (isRefusal ? 0 : 1)',
      'known.failures + 1',
      planTests('memory'),
    ],
    [
      'S20 what fails again and again is tried every minute when it is refused in between',
      'const earlier = retry && isOnItsWay(reason) ? { ...retry, refusals: 0 } : retry',
      'const earlier = retry && isOnItsWay(reason) ? undefined : retry',
      planTests('memory'),
    ],
    [
      'L1 what was refused is never tried again',
      'const times = againAfter(now, backoffMs(MINUTE_MS, count))',
      'const times = againAfter(now, Number.POSITIVE_INFINITY)',
      planTests('memory'),
    ],
    [
      'what Azure refuses is sent again every minute',
      'const count = (isSame ? rejected.count : 0) + 1',
      'const count = 1',
      planTests('memory'),
    ],
    [
      'what was accepted is held to be refused',
      "const isRefused = outcome.result !== 'Started' && rejected !== undefined",
      'const isRefused = rejected !== undefined',
      planTests('memory'),
    ],
    [
      'L1 what failed without a reason is given up',
      "message: 'Azure gives no reason.', isPassing: true }",
      "message: 'Azure gives no reason.', isPassing: false }",
      planTests('failures'),
    ],
    [
      'a refusal holds other content, too',
      'const isSame = rejected?.generation === content && rejected.isCreate === (live === undefined)',
      'const isSame = rejected !== undefined',
      planTests('memory'),
    ],
    [
      'L9 a retry is not heard by what is remembered',
      'const isAskedFor = isDeployment(assessment.ref.kind) && isRetried(assessment)',
      'const isAskedFor = false',
      rolloutTests('template'),
    ],
    [
      'S9 an own write is seen before it is',
      'return input.now - written.at < UNSEEN_MS ? written : undefined',
      'return undefined',
      planTests('checks removal'),
    ],
    [
      'an own write that is never seen holds for ever',
      'return input.now - written.at < UNSEEN_MS ? written : undefined',
      'return written',
      planTests('checks'),
    ],
    [
      'S9 an own write counts from its start, not from the end of its operation',
      'if (isAtWork(live)) return { ...written, at: input.now }\n',
      'if (isAtWork(live)) return written\n',
      planTests('checks memory removal watched'),
    ],
    [
      'S3 a deployment is idle while the last write to its endpoint is unseen',
      'if (memory[scopeOf(ref)]?.written !== undefined) return false\n',
      '',
      planTests('removal'),
    ],
    [
      'S3 a deployment is idle through a write that somebody else has sent',
      'before.idleAfter === idleAfter ? before.idleSince : undefined',
      'before.idleSince',
      planTests('removal'),
    ],
    [
      'a calm hour does not end a fight',
      'corrections: calm ? undefined : corrections',
      'corrections',
      planTests('checks'),
    ],
    [
      'quota that may come is a failure for good',
      'return RETRYABLE.has(code) || RESOURCES.has(code)',
      'return RETRYABLE.has(code)',
      rolloutTests('template'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/rollout-memory.ts', [
    [
      'S31 time in which the controller was down counts as watched',
      'const gap = Math.min(Math.max(0, now - known.at), Math.max(GAP_MS, 2 * sync.intervalMs))',
      'const gap = now - known.at',
      planTests('watched'),
    ],
    [
      'S31 minutes in which the controller was halted count as watched',
      'const GAP_MS = 2 * 60_000',
      'const GAP_MS = 10 * 60_000',
      planTests('watched'),
    ],
    [
      'S31 a clock that goes back takes watched time away',
      'Math.max(0, now - known.at)',
      'now - known.at',
      planTests('watched'),
    ],
    [
      'S31 waits for people count as watched',
      'const isWatched = rolloutPlan?.isWatched === true',
      'const isWatched = rolloutPlan !== undefined',
      planTests('watched'),
    ],
    [
      'S28 blindness is not dated',
      'rolloutPlan?.isBlind === true ? (before.blindSince ?? now) : undefined',
      'rolloutPlan?.isBlind === true ? now : undefined',
      planTests('watched'),
    ],
    [
      'S25 weights are in force since before a write of somebody else',
      'return known?.record === record && known.after === after ? known : { record, at: now, after }',
      'return known?.record === record ? known : { record, at: now, after }',
      planTests('watched'),
    ],
  ]),
  ...inFile('src/core/plan/plan.ts', [
    [
      'S11 two writes of one endpoint’s tree go out in one turn',
      ' || actions.has(scope) || waits)',
      ' || waits)',
      planTests('checks'),
    ],
    [
      'S11 a write is sent while our last one to that endpoint is unseen',
      ' || actions.has(scope) || waits)',
      ' || actions.has(scope))',
      planTests('checks'),
    ],
    ['S27 a take-back does not go first', 'if (isUrgent === true) return -1\n', '', TAKE_BACK],
  ]),
  ...inFile('src/core/plan/prune/removals.ts', [
    [
      'S8 an endpoint is deleted before its traffic is silenced',
      'if (mayGo && body !== undefined && servesStill(removal))',
      'if (mayGo && body === null && servesStill(removal))',
      planTests('traffic removal batch'),
    ],
  ]),
  ...inFile('src/core/plan/prune/recreate.ts', [
    [
      'S30 what serves is deleted to be made again',
      'if (isDeployment(ref.kind)) return around.input.memory[key]?.idleSince !== undefined',
      'if (isDeployment(ref.kind)) return true',
      planTests('batch'),
    ],
    [
      'S30 a failed update is deleted to be made again, without Azure’s word',
      "const isDead = live?.phase === 'Failed' && isUnrecoverable(around.input, ref)",
      "const isDead = live?.phase === 'Failed'",
      planTests('failures recreate'),
    ],
    [
      'S16 what is not ours is deleted to be made again',
      "if (owner.ownership !== 'ours') return false\n",
      '',
      planTests('recreate'),
      {
        also: [
          {
            file: 'src/core/plan/ownership/proof.ts',
            find: "if (owner.ownership !== 'ours') return undefined\n",
            replace: '',
          },
          {
            file: 'src/core/plan/prune/recreate.ts',
            find: 'if (provenManifest(assessment, input) === undefined)',
            replace: 'if (provenManifest(assessment, input) === null)',
          },
        ],
      },
    ],
    [
      'S15 a frozen reading deletes to make again',
      '  if (freeze !== undefined)\n    return {\n      change,\n',
      '  if (freeze === null)\n    return {\n      change,\n',
      planTests('recreate'),
    ],
    [
      'S14 what no commit declares is deleted to be made again',
      'if (provenManifest(assessment, input) === undefined)',
      'if (provenManifest(assessment, input) === null)',
      planTests('recreate'),
    ],
    [
      'S3 what is made again does not drain',
      'checkUnread(assessment, around) ?? checkDraining(assessment, around)\n',
      'checkUnread(assessment, around)\n',
      planTests('recreate'),
    ],
    [
      'an endpoint that never came up is deleted with what is in it',
      'return isEndpoint(ref) && isAlone',
      'return isEndpoint(ref)',
      planTests('recreate'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/proof.ts', [
    [
      'S14 what a folder made is proven by any history',
      "if (recorded !== undefined || !isFolderRevision(owner.revision ?? '')) return recorded",
      'if (recorded !== undefined) return recorded',
      planTests('gate'),
    ],
  ]),
  ...inFile('src/core/plan/capacity/reserve.ts', [
    [
      'a fifth of the cores is not kept for Azure',
      'return Math.ceil((instances * 12) / 10)',
      'return instances',
      planTests('cores'),
    ],
  ]),
  ...inFile('src/core/plan/capacity/cores.ts', [
    [
      'a rollout is held for a reserve that Azure may not ask for',
      "(reserveOf(size) === 'yes' ? withReserve(instances) : instances)",
      "(reserveOf(size) === 'no' ? instances : withReserve(instances))",
      planTests('cores'),
    ],
  ]),
  ...inFile('src/core/plan/status/mirror-bandwidth.ts', [
    ['copies cost no bandwidth', '(1 + mirror.percent / 100)', '1', planTests('mirror-bandwidth')],
    [
      'what mirroring costs is said when it is over',
      'rollout.steps.slice(step)',
      'rollout.steps',
      planTests('mirror-bandwidth'),
    ],
  ]),
  ...inFile('src/core/plan/capacity/service-limits.ts', [
    [
      'a limit that has been raised is spoken of for ever',
      'total > most && live <= most',
      'total > most',
      planTests('service-limits'),
    ],
  ]),
  ...inFile('src/core/manifests/service-limit-checks.ts', [
    [
      'a commit is refused for a limit that may have been raised',
      "severity: 'warning', reason: 'ServiceLimit'",
      "severity: 'error', reason: 'ServiceLimit'",
      testsIn('core/manifests', 'service-limits'),
    ],
  ]),
  ...inFile('src/core/plan/memory/refusals.ts', [
    [
      'U1 what users wait for is held by what an earlier process was told',
      'return refusal.isOwed !== true && !saysUnrecoverable(refusal)',
      'return !saysUnrecoverable(refusal)',
      planTests('refusals'),
    ],
    [
      'S25 something is deleted by what a file says',
      'return refusal.isOwed !== true && !saysUnrecoverable(refusal)',
      'return refusal.isOwed !== true',
      planTests('refusals'),
    ],
    [
      'S31 a clock that was ahead makes a refusal last',
      'Math.min(rejected.notBefore, longest.notBefore)',
      'rejected.notBefore',
      planTests('refusals'),
    ],
  ]),
  ...inFile('src/reconcile/loop.ts', [
    [
      'what Azure refused for good is sent again after a restart',
      'recalled(options.refusals?.recall() ?? [], ports.clock.now())',
      'recalled([], ports.clock.now())',
      ['test/reconcile/loop.test.ts'],
    ],
  ]),
  ...inFile('src/adapters/journal/kept-file.ts', [
    [
      'what Azure refused elsewhere, or to another version, is held here',
      'return isOurs ? noted : undefined',
      'return isOurs || noted ? noted : undefined',
      ['test/adapters/journal/refusals.test.ts'],
    ],
  ]),
  ...inFile('src/adapters/journal/refusals.ts', [
    [
      'a text of a file is shown as it is',
      'const said = cleanText(message)',
      'const said = message',
      ['test/adapters/journal/refusals.test.ts'],
    ],
  ]),
]
