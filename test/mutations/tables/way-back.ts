import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn, toldIn } from './rows.ts'

const told = toldIn('way-back')

/** What users go back to: whether it has ever been up, whether it is proven, and whether it is kept. */
export const WAY_BACK: readonly Mutation[] = [
  ...inFile('src/core/plan/rollouts/deployment-states.ts', [
    told(
      'S30 a deployment that was made again has served because of its name',
      'const hasCome = (traffic[name] ?? 0) > 0 || making === undefined || making.cameUp',
      'const hasCome = true',
      'remakeFails',
    ),
    [
      'S30 what was made again is dated by our clock alone',
      'return Math.min(record.sinceMs, changedMs ?? Number.POSITIVE_INFINITY)',
      'return changedMs === null ? 0 : record.sinceMs',
      rolloutTests('made-again'),
    ],
    [
      'S30 what was made again and came up has never served',
      'const hasCome = (traffic[name] ?? 0) > 0 || making === undefined || making.cameUp',
      'const hasCome = (traffic[name] ?? 0) > 0 || making === undefined',
      rolloutTests('made-again'),
    ],
    [
      'S30 a record that is written anew proves what was made before it',
      'const isKnown = at !== undefined && known?.at === at',
      'const isKnown = false',
      rolloutTests('made-again'),
    ],
  ]),
  ...inFile('src/core/plan/traffic/rollback-target.ts', [
    [
      'U1 stable that is gone is made again later each time its creation fails',
      'return rolloutPlan?.states.get(slot)?.hasServed !== true',
      'return rolloutPlan?.states.get(slot)?.hasServed === false',
      testsIn('sim', 'regressions'),
      { only: 'whose creation fails time and again' },
    ],
  ]),
  ...inFile('src/core/plan/checks.ts', [
    told(
      'L1 what was proven is given up when making it again fails once',
      'if (!isEndpoint(ref) && !isPassing && !isOwed(assessment, input))',
      'if (!isEndpoint(ref) && !isPassing)',
      'remakeFails',
    ),
  ]),
  ...inFile('src/core/plan/checks.ts', [
    [
      'U1 users whom somebody gave a candidate wait while earlier writes have failed',
      'if (!isOffTrafficPlan(assessment)) return WRITE_CHECKS',
      'if (!isOffTrafficPlan(assessment) || assessment.reason) return WRITE_CHECKS',
      testsIn('sim', 'found-seeds'),
      { only: 'whom somebody gave a candidate' },
    ],
  ]),
  ...inFile('src/core/plan/checks.ts', [
    [
      'S27 a take-back waits for a list of deployments that fails',
      'return around.input.world.unread.has(assessment.key) ? undefined : checkBusy(assessment, around)',
      'return checkBusy(assessment, around)',
      testsIn('sim', 'lists-out-of-reach'),
      { only: 'onlineEndpoints/deployments answers 500' },
    ],
  ]),
  ...inFile('src/core/plan/plan.ts', [
    [
      'S27 an endpoint whose deployments cannot be read counts as busy',
      'live !== undefined && !isAtRest(live) && !input.world.unread.has(key)',
      'live !== undefined && !isAtRest(live)',
      testsIn('sim', 'lists-out-of-reach'),
      { only: 'onlineEndpoints/deployments answers 500' },
    ],
  ]),
  ...inFile('src/core/plan/assess.ts', [
    [
      'L1 what a failed write left is somebody’s drift',
      "if (phase !== 'Failed' || !isDeployment(ref.kind)) return phase === 'Provisioning'",
      "return phase === 'Provisioning'",
      testsIn('sim', 'regressions'),
      { only: 'drift is only reported' },
    ],
  ]),
  ...inFile('src/core/rollout/decide/lost-stable.ts', [
    [
      'S5 what somebody sent all users to before it was judged is stable',
      'server === input.wanted.slot && server !== record.stable.slot',
      'false',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/slots.ts', [
    [
      'L7 without a record, what serves is made again in the other slot',
      'if (serving !== undefined) return serving',
      '',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/rollout/ages.ts', [
    [
      'U1 the later of two deployments is the way back',
      'return isAfter(a.madeMs, b.madeMs)',
      'return isAfter(b.madeMs, a.madeMs)',
      rolloutTests('ages'),
    ],
    [
      'U1 a slot that was filled anew is as old as its deployment',
      'if (wanted.slot === one && a.isReady && isAfter(a.writtenMs, b.writtenMs)) return true',
      '',
      rolloutTests('ages'),
    ],
    [
      'U1 a split is told apart although its ages do not agree',
      'if (isWanted !== true && writtenMs >= (after.writtenMs ?? 0)) return undefined',
      '',
      rolloutTests('ages'),
    ],
    [
      'S2 what is not up is a way back without a record',
      'slot !== server && isUp && rev',
      'slot !== server && rev',
      rolloutTests('ages'),
    ],
  ]),
  ...inFile('src/core/rollout/judgements.ts', [
    [
      'S29 answers that are no counts hold users on a candidate without end',
      "  'NotANumber',\n",
      '',
      rolloutTests('judgements'),
    ],
  ]),
  ...inFile('src/core/plan/memory/backoff.ts', [
    [
      'U1 what was refused because something else was at work waits an hour',
      "return reason === 'Conflict' || reason === 'Moved' ? CONFLICT_MS : LONGEST_MS",
      'return LONGEST_MS',
      planTests('failures'),
    ],
  ]),
  ...inFile('src/adapters/azure/write/start.ts', [
    [
      'S9 traffic that an old list does not show is written again',
      "phase === 'Ready' && onto.fields.every",
      "phase === 'Failed' && onto.fields.every",
      testsIn('sim', 'found-seeds'),
      { only: 'that an old list does not show' },
    ],
  ]),
  ...inFile('src/core/plan/compare/diff.ts', [
    [
      'S28 a rule leaves to others who is served in a rollout',
      '!(isMoved && isRouted',
      '!(false && isRouted',
      planTests('ignore'),
    ],
  ]),
  ...inFile('src/core/plan/assess-all.ts', [
    [
      'S22 where drift is ignored, nobody is served and all is done',
      "if (reason !== 'Drift' || !isIgnored || isOwedToUsers(assessment)) return assessment",
      "if (reason !== 'Drift' || !isIgnored) return assessment",
      rolloutTests('hands'),
    ],
    [
      'L11 a rollout that waits for ignored weights says nothing',
      ' || holdsUpRollout(assessment)) return assessment',
      ') return assessment',
      rolloutTests('hands'),
    ],
    [
      'drift that the policy ignores is put back',
      "if (reason !== 'Drift' || !isIgnored || isOwedToUsers(assessment)) return assessment",
      'if (reason !== undefined) return assessment',
      planTests('checks'),
    ],
    told(
      'S6 a commit without the Rollout sends users to what was aborted',
      'if (record !== undefined) return { [record.stable.slot]: 100 }',
      'if (record === undefined) return undefined',
      'rolloutGivenUp',
    ),
  ]),
  ...inFile('src/core/plan/compare/drift-policy.ts', [
    [
      'a kind has no policy for drift of its own',
      ' ?? driftByKind[kind]',
      '',
      planTests('drift-policy'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/slots-held.ts', [
    told(
      'L1 a newer revision is taken for the one that was aborted',
      'const isOver = aborted?.rev === wanted.rev &&',
      'const isOver = aborted !== undefined &&',
      'abortedBereft',
    ),
    [
      'S4 a commit that scales waits for a revision that does not come up',
      'if (!isReady) return failure?.isPassing === false ? template : undefined',
      'if (!isReady) return undefined',
      testsIn('sim', 'found-seeds'),
      { only: 'does not come up' },
    ],
    [
      'U1 what is up is removed while nobody is served',
      'if (!servesNobody(live)) return []',
      'if (states.size > 0) return []',
      rolloutTests('made-again'),
    ],
    told(
      'S2 other content comes in the place of what was proven',
      'if (record === undefined || isSameSlot(wanted, record.stable)) return undefined',
      'if (record === undefined || wanted?.slot === record.stable.slot) return undefined',
      'deletedToChange',
    ),
    told(
      'U1 a stable deployment that Git does not declare any more is not made again',
      'if (record === undefined || isSameSlot(wanted, record.stable)) return undefined',
      'if (record === undefined || wanted?.slot !== undefined) return undefined',
      'explicitStableGone',
    ),
    [
      'U1 what no rollout put there is not made again',
      'const isUnknown = rev === UNKNOWN_REVISION && slots.length === 1',
      'const isUnknown = false',
      testsIn('sim', 'regressions'),
      { only: 'before there was a Rollout' },
    ],
  ]),
  ...inFile('src/core/plan/rollouts/slots.ts', [
    [
      'U1 a slot that is gone and that the Rollout does not name holds the revision',
      'slot?.rev === rev && isFilled(slot)',
      'slot?.rev === rev',
      testsIn('sim', 'regressions'),
      { only: 'that the template does not name' },
    ],
  ]),
  ...inFile('src/core/plan/prune/unlisted.ts', [
    [
      'U1 the history of a stable deployment that did not come up is not read',
      "isDeployment(ref.kind) && phase !== 'Ready'",
      "isDeployment(ref.kind) && phase === 'Deleting'",
      planTests('unlisted'),
    ],
  ]),
  ...inFile('src/core/plan/prune/removal.ts', [
    told(
      'S5 the way back of an endpoint that moved is removed by its old Application',
      'const record = isOurs ? undefined : recordIn(endpoint.ref, endpoint.live.body)',
      'const record = isOurs ? recordIn(endpoint.ref, endpoint.live.body) : undefined',
      'movedInBake',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/known-record.ts', [
    [
      'S26 what a lost record named is not looked for',
      'return written === undefined',
      'return written !== undefined',
      planTests('unlisted'),
    ],
    [
      'S28 a record that is lost together with the traffic is not put back',
      'return explaining ?? seen ?? record',
      'return explaining',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/abort-plan.ts', [
    [
      'S7 a record that was read without Git is forgotten',
      'const known: Memory = { ...memory, ...recordsIn(world, application, memory) }',
      'const known: Memory = { ...memory }',
      testsIn('sim', 'found-seeds'),
      { only: 'out of reach is known' },
    ],
  ]),
  ...inFile('src/core/plan/traffic/rollback-target.ts', [
    [
      'U1 what is to be given the traffic again is changed in its place',
      'const isWanted = name === rolloutPlan.wanted.slot && !isInPlace',
      'const isWanted = name === rolloutPlan.wanted.slot',
      rolloutTests('way-back'),
    ],
    [
      'U1 an endpoint that was made again in vain is tried later and later',
      "return live.phase === 'Failed' && servesNobody(flowsOf(kind, live.body).live)",
      'return false',
      testsIn('sim', 'found-seeds'),
      { only: 'made again in vain' },
    ],
    told(
      'U1 traffic that somebody takes away is only reported',
      "if (isGivenBack && (reason === 'Drift' || rolloutPlan?.isRecordKept === true)) return true\n",
      '',
      'nobodyServed',
    ),
    [
      'U1 an endpoint whose last write failed sends users nowhere for good',
      'if (!isEndpoint(ref) || !isAtRest(live) || traffic',
      "if (!isEndpoint(ref) || live?.phase !== 'Ready' || traffic",
      rolloutTests('hands'),
    ],
    told(
      'S4 an undo finds its way back smaller than it was',
      "const isPast = record.phase === 'stable' && name !== record.previous?.slot",
      "const isPast = record.phase === 'stable'",
      'previousShrunk',
    ),
  ]),
  ...inFile('src/core/plan/plan.ts', [
    [
      'U1 what is spare is made before what is to serve',
      'return Math.max(target[name] ?? 0, weights[name] ?? 0) > 0 ? 2 : 3',
      'return (target[name] ?? 0) + (weights[name] ?? 0) >= 0 ? 2 : 3',
      rolloutTests('made-again'),
    ],
    [
      'S6 what is not proven is made before what served',
      'if (rolloutPlan?.decision.record?.stable.slot === name) return 1\n',
      '',
      testsIn('sim', 'call-faults'),
      { only: 'one wrong 400' },
    ],
  ]),
  ...inFile('src/core/plan/traffic/take-back.ts', [
    [
      'S23 a take-back under a freeze says that the commit is applied',
      'const isWhole = movesOnlyTraffic(change.differences) && !isHeld(input, assessment.desired)',
      'const isWhole = movesOnlyTraffic(change.differences)',
      planTests('take-back'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/state.ts', [
    [
      'S6 what Git has taken back gets all users when Git wants it again',
      "return isWarm && !isTakenBack(record) ? 'previous' : 'newer'",
      "return isWarm ? 'previous' : 'newer'",
      testsIn('sim', 'way-back'),
      { only: 'wants again' },
    ],
  ]),
  ...inFile('src/core/plan/memory/next-memory.ts', [
    [
      'U1 a delete that fails counts at every look',
      'const isKnown = isDelete ? retry?.reason === why : written === undefined',
      'const isKnown = written === undefined',
      planTests('memory'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/rollout-input.ts', [
    [
      'S31 a pause that waits for Azure does not stop the deadline',
      "record.isPaused || intents.some(({ verb }) => verb === 'pause')",
      'record.isPaused',
      [...planTests('watched'), ...rolloutTests('road')],
    ],
    told(
      'S6 a candidate that is alone is judged for no time where no bake is declared',
      'bakeMs: Math.max(bakeMs, clockedMs(steps))',
      'bakeMs',
      'noBake',
    ),
  ]),
  ...inFile('src/core/rollout/decide/transitions.ts', [
    [
      'L9 a retry waits for a stable deployment that is lost',
      "return health === 'gone' || health === 'failed' ? { weights: live, mirror } : {}",
      "return health === 'unknown' ? { weights: live, mirror } : {}",
      rolloutTests('made-again'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/decision.ts', [
    told(
      'L9 a commit that waits for a rollout does not begin when that one is held',
      'if (input.isAwaited)',
      'if (input.isAwaited && input.isHeld)',
      'heldThenQueued',
    ),
  ]),
]
