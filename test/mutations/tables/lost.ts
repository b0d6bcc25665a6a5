import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests, testsIn, toldIn } from './rows.ts'

const told = toldIn('lost')

const COMING = planTests('coming')
const HELD = testsIn('sim', 'held-writes')

/** What a rollout rests on is lost, left out or made smaller. */
export const LOST: readonly Mutation[] = [
  ...inFile('src/core/plan/rollouts/known-record.ts', [
    [
      'S28 a record that somebody removed is lost',
      'const text = isOurs ? tag : (lostRecord(context, desired) ?? tag)',
      'const text = tag',
      rolloutTests('hands'),
    ],
    [
      'S7 an abort dies with its endpoint',
      'return servesNobody(live) || isSame(weights, live)',
      'return isSame(weights, live)',
      rolloutTests('hands'),
    ],
    [
      'S29 a record explains traffic that is elsewhere by now',
      'return servesNobody(live) || isSame(weights, live)',
      'return true',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/plan-rollouts.ts', [
    told(
      'L1 a template queues behind a rollout of the explicit form',
      'return begun?.slots === undefined ? undefined : begun',
      'return begun',
      'queueAfterExplicit',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/coming.ts', [
    [
      'S31 time in which nobody measures counts as watched',
      ' && !waitsForPerson(input) && !isUnmeasured',
      ' && !waitsForPerson(input)',
      planTests('watched'),
    ],
    [
      'S31 what one revision waited counts for the next',
      "const isBefore = record?.phase === 'stable' && text !== undefined",
      'const isBefore = text !== undefined && wanted === undefined',
      COMING,
    ],
    [
      'S31 suspended, a deployment that is made is late',
      'if (!isComing(input) || input.isHeld) return false',
      'if (!isComing(input)) return false',
      COMING,
    ],
    [
      'a right that somebody must give is waited for until the deadline',
      "const COUNTED: readonly string[] = ['Verifying', 'TrialRuns']",
      "const COUNTED: readonly string[] = ['Verifying', 'TrialRuns', 'CannotVerify']",
      COMING,
    ],
    [
      'L3 golden requests without end have no deadline',
      'return isAtWorkOnIt(input) || COUNTED.includes(reason)',
      'return isAtWorkOnIt(input)',
      COMING,
    ],
    [
      'a fix is late for the time that Azure takes for what it mends',
      'return isAtWork && (there === undefined || there.rev === wanted.rev)',
      'return isAtWork',
      COMING,
    ],
    [
      'an attempt that found no capacity counts',
      'failure?.isWant === true',
      'failure === undefined && false',
      COMING,
    ],
    [
      'L3 capacity that is missing ends what the deadline has ended',
      'isForWant(input) && spentMs < rollout.deadlineMs',
      'isForWant(input)',
      COMING,
    ],
    [
      'L3 a slot that is never emptied has no deadline',
      'isAtWork(liveAt.get(keyOfSlot(endpoint, wanted)))',
      "liveAt.get(keyOfSlot(endpoint, wanted))?.phase === 'Provisioning'",
      COMING,
    ],
    [
      'S31 a clock that is wrong at the start makes a deployment late',
      'if (watchedMs < OWN_MS || live',
      'if (live',
      COMING,
    ],
    [
      'a slot that is filled anew is as old as its deployment',
      'const isOfNow = madeMs !== undefined && madeMs > sinceMs',
      'const isOfNow = madeMs !== undefined',
      COMING,
    ],
    [
      'a deployment that was written since is as old as it is',
      'const isOnce = isOfNow && (writtenMs ?? madeMs) - madeMs <= SAME_WRITE_MS',
      'const isOnce = isOfNow',
      COMING,
    ],
    [
      'S25 what restarts forgets since when Azure makes a deployment',
      'return isOnce ? Math.max(watchedMs, now - madeMs) : watchedMs',
      'return isOnce && now < 0 ? 0 : watchedMs',
      COMING,
    ],
  ]),
  ...inFile('src/core/rollout/decide/transitions.ts', [
    [
      'S11 a late deployment is aborted while Azure is at work on it',
      'if (!input.isAtWork) return abort(input, record, why)',
      'if (input.now > 0) return abort(input, record, why)',
      COMING,
    ],
  ]),
  ...inFile('src/core/rollout/decide/advance.ts', [
    [
      'L3 a deployment that never comes up has no deadline',
      "if (record.phase === 'stable') return isHeld ? undefined : lateOf(input)",
      "if (record.phase === 'stable') return undefined",
      COMING,
    ],
  ]),
  ...inFile('src/core/rollout/table/ends.ts', [
    [
      'U1 a late candidate is given up where stable is gone',
      "    wants: ['newer'],\n    stable: [...ANSWERS, 'unknown'],\n    transition: 'tooLate',",
      "    wants: ['newer'],\n    transition: 'tooLate',",
      COMING,
    ],
  ]),
  ...inFile('src/core/plan/rollouts/rollout-memory.ts', [
    [
      'S28 a record is forgotten while its write is under way',
      'return isAtRest(live) && before.written === undefined ? read : (before.record ?? read)',
      'return read',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/plan/traffic/traffic-plan.ts', [
    [
      'S22 mirroring that cannot be is not told',
      'return trafficPlan?.unmirrored !== undefined && trafficPlan.unmirrored.length > 0',
      'return trafficPlan?.unmirrored !== undefined && trafficPlan.unmirrored.length > 9',
      planTests('traffic'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/held-moves.ts', [
    [
      'S2 a candidate gets users while a change of it has failed',
      "const isUnfit = health === 'degraded' && slot === candidate && !decision.isUrgent",
      'const isUnfit = false',
      testsIn('sim', 'found-seeds'),
      { only: '^S2: ' },
    ],
  ]),
  ...inFile('src/adapters/azure/scoring/prober.ts', [
    [
      'S18 golden requests are sent within the time that an endpoint asked for',
      'if (asked !== undefined) quiet.set(probe.endpoint, now() + asked)',
      'if (asked !== undefined) quiet.set(probe.endpoint, 0)',
      testsIn('adapters/azure', 'prober'),
    ],
  ]),
  ...inFile('src/core/plan/assess-all.ts', [
    told(
      'S7 what is known of an endpoint’s rollout is forgotten while it is made again',
      '    ...(trafficPlan === undefined ? {} : { trafficPlan }),\n    ...(rolloutPlan === undefined ? {} : { rolloutPlan }),\n',
      '    ...(trafficPlan === undefined ? {} : { trafficPlan }),\n',
      'deletedAfterAbort',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/slots.ts', [
    told(
      'L1 mirroring takes a slot for ever',
      'return idle.length > 0 ? idle : free(new Set(Object.keys(flowsOf(ref.kind, live.body).live)))',
      'return idle',
      'mirrorThenTemplate',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/slots-held.ts', [
    told(
      'S4 a commit that scales does not reach what serves beside a rollout',
      'return isMoving && came === template?.spec.instance_count ? undefined : template',
      'return isUnderWay(record) ? undefined : template',
      'scaledBesideRollout',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/deployment-states.ts', [
    told(
      'S22 a commit that scales does not reach a slot of another name',
      'return { ...applied, spec: { ...applied.spec, instance_count: count } }',
      'return applied',
      'slotsRenamed',
    ),
  ]),
  ...inFile('src/core/plan/traffic/rollback-target.ts', [
    [
      'U1 what Git declares as it was waits for history that cannot be read',
      'return record?.stable.slot === wanted.slot && record.stable.rev !== wanted.rev',
      'return record?.stable.slot === wanted.slot',
      rolloutTests('made-again'),
    ],
    told(
      'S4 a way back that somebody made smaller is only reported',
      "typeof count === 'number' && count > instancesIn(live)",
      "typeof count === 'number' && count > instancesIn(live) && isComplete(rolloutPlan)",
      'wayBackShrunk',
    ),
    [
      'S6 users that somebody gave a candidate are only reported',
      'return (trafficPlan.live[slot] ?? 0) > (trafficPlan.weights[slot] ?? 0)',
      'return (trafficPlan.live[slot] ?? 0) < 0',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/plan/prune/undeclared.ts', [
    told(
      'S28 a rollout that Git no longer declares keeps its users',
      'record && leavesUsers(live, record) ?',
      "record?.phase === 'aborted' && leavesUsers(live, record) ?",
      'rolloutNotDeclared',
    ),
    [
      'U1 nobody is served and an Application that does not take the endpoint over is waited for',
      'if (!isLeft(assessment, context)) return undefined',
      'if (assessment.key !== undefined) return undefined',
      HELD,
    ],
    [
      'L4 users whom nobody serves are sent to what was aborted',
      "return record.phase === 'stable' && !isTakenBack(record) ? record.withdrawn : undefined",
      'return record.candidate ?? record.withdrawn',
      HELD,
    ],
    [
      'L11 an undo is refused where another Application does not take its endpoint over',
      'if (undone !== undefined) return { ...undone, checks: TAKE_BACK_CHECKS }\n',
      '',
      HELD,
    ],
    [
      'U1 nobody is served although the revision of before is warm, and no Application takes it over',
      'const previous = warmOf(live, record, context)\n  if (previous !== undefined) {',
      'const previous = warmOf(live, record, context)\n  if (previous !== undefined && now < 0) {',
      HELD,
    ],
    [
      'U1 an endpoint without a rollout that no Application takes over serves nobody',
      'record === undefined ? asApplied(live, context) : byRecord(live, record, context)',
      'record === undefined ? undefined : byRecord(live, record, context)',
      HELD,
    ],
    [
      'S28 weights that Git declares are waited for by users on a candidate',
      'return isTakenOff && heldBy(writeChecks(assessment), assessment, around) === undefined',
      'return true',
      HELD,
    ],
    [
      'S28 users whom Git wants where they are are taken back with the rollout',
      'if (has <= (trafficPlan.target[candidate.slot] ?? 0)) return true\n',
      '',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/prune/undeclared.ts', [
    [
      'S28 users on a candidate wait for an Application that does not take it over',
      'return since !== undefined && context.now - since < TAKE_OVER_MS',
      'return since !== undefined',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/prune/handover.ts', [
    [
      'U1 users whom a deleted deployment leaves without an answer wait for all the others',
      'if (servesAll(flowsOf(ref.kind, live.body).live)) return undefined',
      'if (Object.keys(flowsOf(ref.kind, live.body).live).length > 0) return undefined',
      HELD,
    ],
    [
      'U1 nobody is served and the Application that may take it over cannot be read',
      '    isUntold(context) &&\n    context.sync.prune.enabled &&\n    checkRetained(assessment, context) === undefined\n',
      'false',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/checks.ts', [
    [
      'S28 a freeze keeps users on a candidate to whom no step sent them',
      'return hasTooManyUsers(assessment) ? ROAD_CHECKS : OWED_CHECKS',
      'return OWED_CHECKS',
      HELD,
    ],
    [
      'U1 a freeze keeps users from whom the record gives them to',
      'return isRecorded(assessment) ? undefined : checkFreeze(assessment, around)',
      'return checkFreeze(assessment, around)',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/traffic/rollback-target.ts', [
    [
      'S27 what a rollout takes back is drift that is ignored where its tags are lost',
      ' || isMovedByRollout(assessment)',
      '',
      HELD,
    ],
    [
      'U1 users whom nobody serves wait for what else a commit changes',
      "(reason === 'Drift' || rolloutPlan?.isRecordKept === true)",
      "reason === 'Drift'",
      HELD,
    ],
  ]),
  ...inFile('src/core/rollout/decide/state.ts', [
    [
      'U1 users whom nobody serves wait for what is frozen',
      "wants: isGivenBackFirst(input) ? 'stable' : wantsOf(input, record)",
      'wantsOf(input, record)',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/observed.ts', [
    [
      'L11 who only observes says that it takes over',
      'return [shown, { held: notSent(action) }]',
      'return [told, { held: notSent(action) }]',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/answers.ts', [
    [
      'L11 the way back of a rollout that Git has no more is refused',
      'if (back?.change === undefined || ',
      'if (back !== undefined || ',
      HELD,
    ],
  ]),
  ...inFile('src/core/plan/compare/diff.ts', [
    told(
      'U1 traffic that Git no longer declares is taken away',
      "'/sku', ...SERVED]",
      "'/sku', ...SERVED.slice(1)]",
      'trafficNotDeclared',
    ),
  ]),
  ...inFile('src/core/plan/rollouts/abort-plan.ts', [
    [
      'S28 users stay on a candidate that nobody judges while Git cannot be read',
      'if (now - blindSince < NO_DATA_MS) return []',
      'if (now >= blindSince) return []',
      planTests('take-back'),
    ],
    [
      'S20 an abort in place is written again and again',
      'if (!isEndpoint(ref) || slot === undefined || slot === stable.slot) return false',
      'if (!isEndpoint(ref) || slot === undefined) return false',
      rolloutTests('refusals'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/lost-stable.ts', [
    [
      'S6 a newer revision begins from a candidate although stable is made again',
      'if (candidate === undefined || (intent === undefined && isComing)) return undefined',
      'if (candidate === undefined) return undefined',
      rolloutTests('states'),
    ],
    [
      'S6 what serves instead of a lost stable deployment is proven',
      'if (first.transition === undefined || record.stable.slot === input.wanted.slot) return first',
      'return first',
      rolloutTests('losses'),
    ],
    [
      'U1 a control group that nobody serves is kept in the bake of one that is alone',
      'return transitionTo({ ...input, rollout: rest }, baking, told, {',
      'return transitionTo(input, baking, told, {',
      rolloutTests('losses'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/transitions.ts', [
    [
      'L11 promote is named where it cannot work',
      "const isThere = wanted.slot !== '' && healthOf(input, wanted) === 'up'",
      'const isThere = true',
      rolloutTests('refusals'),
    ],
  ]),
  ...inFile('src/core/plan/steps.ts', [
    [
      'L9 a lever counts as carried out when its endpoint is only made again',
      'if (transition === undefined || !isEndpoint(ref) || adopts || live === undefined) return {}',
      'if (transition === undefined || !isEndpoint(ref) || adopts) return {}',
      rolloutTests('hands'),
    ],
  ]),
  ...inFile('src/core/rollout/decide/run-steps.ts', [
    [
      'S28 the record of a bake does not say what stable did',
      'record.reference === undefined ? comparedWith(rollout, judgementOf) : {}',
      '{}',
      rolloutTests('bake'),
    ],
  ]),
  ...inFile('src/core/judge/reference.ts', [
    [
      'S28 what a provider forgot of stable is not recalled',
      'if (recorded.requests <= this.counted.requests) return',
      'if (recorded.requests >= 0) return',
      testsIn('core/judge', 'bake'),
    ],
  ]),
]
