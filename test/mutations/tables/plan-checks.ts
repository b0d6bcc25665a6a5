import type { Mutation } from '../mutation.ts'
import { inFile, planTests, type Row, rolloutTests, testsIn } from './rows.ts'

const CHECKS = planTests('checks failures')

/** A line of the checklist before a write. */
function unchecked(
  check: string,
  name: string,
  tests: readonly string[],
  more: NonNullable<Row[4]> = {},
): Row {
  return [name, `  ${check}, // `, '  // ', tests, more]
}

/** What is checked before a write, before a delete, and before traffic is taken back. */
export const PLAN_CHECKS: readonly Mutation[] = [
  ...inFile('src/core/plan/memory/busy.ts', [
    [
      'an operation that does not end is not called stuck',
      'if (input.now - busySince > STUCK_MS)',
      'if (input.now - busySince > STUCK_MS * 100)',
      planTests('memory'),
    ],
    [
      'what takes longer than ever is not told',
      'if (overdue !== undefined)',
      'if (overdue === null)',
      planTests('overdue'),
    ],
  ]),
  ...inFile('src/core/plan/memory/overdue.ts', [
    ['one operation says how long all take', 'sorted.length < ENOUGH ||', '', planTests('overdue')],
    [
      'what takes as long as it did before is told as overdue',
      'BEYOND_LONGEST * longest',
      'longest',
      planTests('overdue'),
    ],
    [
      'minutes are told as overdue',
      'Math.max(LEAST_MS, BEYOND_LONGEST * longest)',
      'BEYOND_LONGEST * longest',
      planTests('overdue'),
    ],
  ]),
  ...inFile('src/core/model/operations.ts', [
    [
      'what failed says how long it takes',
      "if (one.result === 'error') continue\n",
      '',
      ['test/core/model/operations.test.ts'],
    ],
  ]),
  ...inFile('src/core/plan/compare/in-place.ts', [
    [
      'L9 a slot that is filled anew keeps what cannot be changed in place',
      'return isTheirs && name === rolloutPlan.wanted.slot && name !== record?.stable.slot',
      'return isTheirs && name === record?.stable.slot',
      rolloutTests('template'),
    ],
    [
      'S5 the slot that serves is free to be made again',
      ' && name !== record?.stable.slot',
      '',
      planTests('facts'),
    ],
  ]),
  ...inFile('src/core/plan/capacity/room-for-tags.ts', [
    [
      'tags of others leave no room for ours',
      'if (over <= 0) return undefined',
      'if (over <= 1000) return undefined',
      planTests('checks'),
    ],
  ]),
  ...inFile('src/core/plan/capacity/short-of-cores.ts', [
    [
      'a slot is deleted for a size that the region does not have',
      'if (isUnknown(size, cores)) {',
      'if (size === "") {',
      planTests('cores'),
    ],
  ]),
  ...inFile('src/core/plan/memory/backoff.ts', [
    [
      'U1 what users wait for is tried again as late as all else',
      'return isOwed ? Math.min(notBefore, owedAt) : notBefore',
      'return notBefore',
      planTests('failures'),
    ],
    [
      'S18 what users wait for is tried within the time that Azure asked for',
      'const owedMs = Math.max(askedMs, Math.min(waitMs, OWED_MS))',
      'const owedMs = Math.min(waitMs, OWED_MS)',
      planTests('failures'),
    ],
  ]),
  ...inFile('src/core/plan/compare/labels.ts', [
    [
      'a label means the version before the one that its commit registers',
      'if (early.length === 0) return labels',
      'if (early.length >= 0) return labels',
      planTests('label-awaits'),
    ],
    [
      'a label of what its commit registers is blocked',
      "if (label.label !== 'latest') return []",
      'if (label !== undefined) return []',
      planTests('label-awaits'),
    ],
    [
      'any label waits for whatever is registered',
      "if (label.label !== 'latest') return []",
      'if (label === undefined) return []',
      planTests('label-awaits'),
    ],
  ]),
  ...inFile('src/core/plan/memory/not-taken-over.ts', [
    [
      'what another writer left is told as Azure’s doing',
      'return isThis && isLastWrite(live, written.mark)',
      'return isThis',
      planTests('not-taken-over'),
    ],
    [
      'what somebody changes later is not taken over either',
      'isProven || known?.fields[path] === print',
      'isProven || known?.fields[path] !== undefined',
      planTests('not-taken-over'),
    ],
    [
      'traffic that Azure has otherwise is left so for a day',
      '!isRouted(path) && !isRecord(path)',
      '!isRecord(path)',
      planTests('not-taken-over'),
    ],
    [
      'a generation that Azure takes off with a field is written again and again',
      "const isThis = owner.ownership === 'ours' && written",
      'const isThis = owner.generation === generation && written',
      planTests('repeats'),
    ],
    [
      'a field that is lost with the generation is an update for ever',
      'return isWritten && known.generation === generation',
      "return isWritten && known.generation === ''",
      planTests('repeats'),
    ],
  ]),
  ...inFile('src/core/plan/assess-all.ts', [
    [
      'a step that takes its time is another write each time it is tried',
      ', untilMs: 0, spentMs: 0 }',
      ', untilMs: 0 }',
      planTests('repeats'),
    ],
    [
      'what Azure did not take over keeps the first traffic away',
      'isSettled(withProof(other, context))',
      'isSettled(other)',
      planTests('repeats'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/deployment-states.ts', [
    [
      'what Azure did not take over keeps a revision from being ready',
      'withProof(assess(context, declared), context)',
      'assess(context, declared)',
      planTests('repeats'),
    ],
  ]),
  ...inFile('src/core/plan/memory/repeats.ts', [
    [
      'another content waits for one that Azure does not carry out',
      '|| known.content !== content) return undefined',
      ') return undefined',
      planTests('repeats'),
    ],
    [
      'a write that Azure does not carry out is not counted',
      'const count = before?.print === print ? before.count + 1 : 1',
      'const count = before?.print === print ? before.count : 1',
      planTests('repeats'),
    ],
    [
      'another write waits for one that Azure does not carry out',
      'return known?.print === printOf(action) ? (repeatsAt(assessment, context) ?? 0) : 0',
      'return known === undefined ? 0 : (repeatsAt(assessment, context) ?? 0)',
      planTests('repeats'),
    ],
    [
      'what is owed to users waits an hour for a write that Azure does not carry out',
      'backoffMs(FIRST_MS, known.count)),\n    isOwed(assessment, context),\n  )',
      'backoffMs(FIRST_MS, known.count)), false)',
      planTests('repeats'),
    ],
    [
      'the pause of a repeated write begins before Azure is done',
      'return { ...known, at: now }',
      'return known',
      planTests('repeats'),
    ],
    [
      'a write that came about counts with the next one like it',
      'return reason !== undefined\n',
      'return true\n',
      planTests('repeats'),
    ],
  ]),
  ...inFile('src/core/plan/memory/not-carried-out.ts', [
    [
      'S27 a take-back waits for one that Azure did not carry out',
      'if (action === undefined || action.isUrgent === true) return decision',
      'if (action === undefined) return decision',
      planTests('repeats'),
    ],
    [
      'a write that Azure does not carry out is sent every two minutes for ever',
      'return held === undefined ? decision : { ...others, held }',
      'return held === undefined ? decision : decision',
      planTests('repeats'),
    ],
  ]),
  ...inFile('src/core/plan/checks.ts', [
    [
      'what Azure did not take over is blamed on another writer',
      'path }) => proven[path] !== undefined)',
      'path }) => path === undefined)',
      planTests('not-taken-over'),
    ],
    unchecked(
      'checkBesideRollout',
      'S6 what no request can feel is written while a rollout is under way',
      rolloutTests('unfelt'),
    ),
    unchecked('checkFreeze', 'S14 a freeze of all writes holds no write', [
      ...rolloutTests('refusals'),
      ...testsIn('reconcile', 'history tick'),
    ]),
    unchecked(
      'checkNotTakenOver',
      'what Azure did not take over is written again and again',
      planTests('not-taken-over'),
    ),
    unchecked('checkSuspension', 'a suspended Application writes', [
      ...CHECKS,
      ...rolloutTests('hands refusals'),
    ]),
    unchecked('checkLabels', 'a label that points nowhere is written', CHECKS),
    unchecked('checkOwnership', 'S16 what is not ours is written', planTests('gate')),
    unchecked('checkBusy', 'S12 what Azure is at work on is written', CHECKS),
    unchecked('checkFailed', 'content that Azure gave up on is sent again at once', CHECKS),
    unchecked('checkReplacement', 'what Azure cannot change in place is sent as a change', CHECKS),
    unchecked('checkDriftPolicy', 'drift that policy only reports is corrected', CHECKS),
    unchecked('checkContested', 'S20 a fight over drift never ends', CHECKS),
    unchecked('checkAwaitingReadback', 'S9 a write that no reading shows yet is repeated', CHECKS),
    unchecked('checkRejected', 'what Azure refused for good is sent again', planTests('memory')),
    unchecked('checkBackoff', 'what failed for a while is sent again at once', planTests('memory')),
    unchecked('hasUnreadyDependency', 'a deployment is made before what it needs', CHECKS),
    unchecked('servesUsers', 'what users are on is changed in place', rolloutTests('explicit')),
    unchecked(
      'replacesLost',
      'U1 other content comes where stable was while Git cannot say what that was',
      rolloutTests('made-again'),
    ),
    unchecked('checkRollbackTarget', 'S5 the way back is changed', rolloutTests('way-back')),
    unchecked('isShortOfCores', 'a deployment is made without cores for it', planTests('cores')),
    [
      'S27 a take-back waits for what is frozen, suspended or remembered',
      'if (assessment.trafficPlan?.isUrgent === true) return TAKE_BACK_CHECKS',
      '',
      rolloutTests('refusals hands'),
    ],
    [
      'L11 what leaves when another one is up waits for a person',
      ' || rolloutPlan.decision.awaits !== undefined',
      '',
      planTests('facts'),
    ],
    [
      'S16 traffic of another Application is taken back',
      'TAKE_BACK_CHECKS: readonly PlanCheck[] = [\n  checkAnotherOwner,\n  checkSeenBusy,\n  checkJustWritten,\n]',
      'readonly PlanCheck[] = [checkBusy, checkJustWritten]',
      planTests('take-back'),
    ],
    [
      'S11 a take-back is sent into a write in flight',
      'TAKE_BACK_CHECKS: readonly PlanCheck[] = [\n  checkAnotherOwner,\n  checkSeenBusy,\n  checkJustWritten,\n]',
      'readonly PlanCheck[] = [checkAnotherOwner, checkJustWritten]',
      planTests('take-back'),
    ],
    [
      'S27 a take-back is sent again at every turn, seen or not',
      'TAKE_BACK_CHECKS: readonly PlanCheck[] = [\n  checkAnotherOwner,\n  checkSeenBusy,\n  checkJustWritten,\n]',
      'readonly PlanCheck[] = [checkAnotherOwner, checkSeenBusy]',
      planTests('take-back'),
    ],
    [
      'S27 a take-back that no reading shows is never repeated',
      'if (written === undefined || input.now - written.at >= LAG_MS) return undefined',
      'if (written === undefined) return undefined',
      planTests('take-back'),
    ],
    [
      'a suspension by annotation never ends',
      'if (until === undefined || until <= input.now) return undefined',
      'if (until === undefined) return undefined',
      [...CHECKS, ...planTests('removal')],
    ],
    [
      'L9 a retry does not reach what failed',
      'if (isRetried(assessment) || isUnrecoverable(input, ref)) return undefined',
      'if (isUnrecoverable(input, ref)) return undefined',
      rolloutTests('template'),
    ],
    [
      'L9 what never came up is remembered as refused and not made again',
      "  if (live?.phase === 'Failed' && isUnrecoverable(input, ref)) return undefined\n  const how",
      '  const how',
      planTests('recreate failures'),
    ],
    [
      'an endpoint with a failed write holds its deployments for ever',
      "return live?.phase === 'Ready' || (live?.phase === 'Failed' && isThere)",
      "return live?.phase === 'Ready'",
      planTests('failures recreate'),
    ],
    [
      'a deployment is made in an endpoint that never came up',
      "return live?.phase === 'Ready' || (live?.phase === 'Failed' && isThere)",
      "return live?.phase === 'Ready' || live?.phase === 'Failed'",
      planTests('failures recreate'),
    ],
    [
      'S16 a deployment is made in an endpoint of somebody else',
      'const anothers = found && isEndpoint(needed) ? checkOwnership(found) : undefined',
      'const anothers: Held | undefined = undefined',
      planTests('gate'),
    ],

    [
      'a label that never resolved rolls out when the registry moves',
      "if (reason !== 'Drift' || policy === 'correct') return undefined",
      'if (reason !== undefined) return undefined',
      CHECKS,
    ],
  ]),
  ...inFile('src/adapters/azure/trials/jobs.ts', [
    [
      'an output_file_name of a deployment is not looked for',
      "return { file: isOne ? name : 'predictions.csv' }",
      "return { file: isOne && name.length > 255 ? name : 'predictions.csv' }",
      testsIn('adapters/azure', 'trials'),
    ],
  ]),
  ...inFile('src/adapters/azure/trials/known.ts', [
    [
      'a broken default deployment holds up what is to replace it',
      'isSecond: before?.over?.isBroken === true,',
      'isSecond: false,',
      testsIn('adapters/azure', 'trials'),
    ],
  ]),
  ...inFile('src/core/rollout/steps/trial.ts', [
    [
      'promote does not end the wait for a trial',
      "if (intents.some(({ verb }) => verb === 'promote')) return ON",
      "if (intents.some(({ verb }) => verb === 'resume')) return ON",
      planTests('batch-rollout'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/revision.ts', [
    [
      'S6 a tag begins a rollout',
      'return revisionIn(normalise(unfelt.reduce(without, declared)))',
      "return revisionIn(normalise(without(without(declared, '/sku'), '/tags/verdigris.rollout-revision')))",
      rolloutTests('unfelt'),
    ],
    [
      'S6 revisions that an earlier release named begin a rollout',
      'return [revisionOf(desired, declared), revisionIn(normalise(bare))]',
      'return [revisionOf(desired, declared), ...(bare === declared ? [] : [])]',
      rolloutTests('unfelt'),
    ],
    [
      'a property that Azure cannot change waits for ever',
      'return addOnly.every((at) => isAdded(valueAt(was, at), valueAt(is, at)))',
      'return was !== undefined && is !== undefined',
      rolloutTests('unfelt'),
    ],
  ]),
  ...inFile('src/core/plan/steps.ts', [
    [
      'a tag that a later commit leaves out stays',
      'const isItsContent = givenRevision(live) === desired.revision\n  return isItsContent && !isWrittenAnew(assessment) ?',
      'const isItsContent = givenRevision(live) === desired.revision\n  return isItsContent ?',
      rolloutTests('unfelt'),
    ],
  ]),
  ...inFile('src/core/plan/traffic/rollback-target.ts', [
    [
      'S5 the way back is changed by a new commit',
      'const changes = !isWanted && !isAsApplied(reason) && !areBeside(kind, differences)',
      'const changes = false',
      rolloutTests('way-back explicit'),
    ],
  ]),
  ...inFile('src/core/plan/prune/recreate.ts', [
    [
      'L11 what is to be made again and is still sent requests waits for ever',
      'endpoint.rolloutPlan === undefined && isSentTo(endpoint, ref)',
      'false',
      planTests('recreate'),
    ],
  ]),
  ...inFile('src/core/plan/prune/removal.ts', [
    [
      'L11 what is removed and still sent requests waits for ever',
      'if (isSentTo(endpoint, ref))',
      'if (false)',
      planTests('removal'),
    ],
    [
      'a suspended Application deletes',
      '  checkUnread,\n  checkSuspension,\n  (removal',
      '  checkUnread,\n  (removal',
      planTests('removal gate'),
    ],
    [
      'S14 what is kept by its manifest is deleted',
      '  (removal, { input }) => checkRetained(removal, input),\n',
      '',
      planTests('gate'),
    ],
    [
      'S5 the rollback target is deleted',
      '  isRollbackTarget,\n  checkBusy,\n',
      '  checkBusy,\n',
      rolloutTests('way-back explicit template'),
    ],
    [
      'S12 what Azure is at work on is deleted',
      '  isRollbackTarget,\n  checkBusy,\n',
      '  isRollbackTarget,\n',
      planTests('removal'),
    ],
    [
      'S9 a delete is repeated before it is seen',
      '  checkAwaitingReadback,\n  checkRejected,\n  checkBackoff,\n]',
      '  checkRejected,\n  checkBackoff,\n]',
      planTests('removal'),
    ],
    [
      'a delete that was refused for good is sent again',
      '  checkRejected,\n  checkBackoff,\n]\n',
      '  checkBackoff,\n]\n',
      planTests('memory'),
    ],
    [
      'a delete that failed is sent again at once',
      '  checkBackoff,\n]\n',
      ']\n',
      planTests('memory'),
    ],
    [
      'S8 a deployment is deleted before the last write to its endpoint is seen',
      '  isEndpointUnseen,\n  isAwaited,\n',
      '  isAwaited,\n',
      planTests('removal'),
    ],
    [
      'U1 a renamed endpoint goes before the new one serves',
      '  isAwaited,\n  takesTraffic,\n',
      '  takesTraffic,\n',
      planTests('replacement'),
    ],
    [
      'L1 a removed endpoint waits for a new one that never serves',
      'awaitedUntil(removal, input) <= input.now) return undefined',
      'input.now < 0) return undefined',
      planTests('replacement'),
    ],
    [
      'S3 what takes traffic is deleted',
      '  takesTraffic,\n  checkDraining,\n',
      '  checkDraining,\n',
      planTests('gate traffic'),
    ],
    [
      'S16 an endpoint is deleted with somebody’s deployments in it',
      '  hasForeignDeployments,\n  hasDeployments,\n',
      '  hasDeployments,\n',
      planTests('gate removal'),
    ],
    [
      'S14 an endpoint is deleted with deployments that stay',
      '  hasDeployments,\n]',
      ']',
      planTests('removal'),
    ],
    [
      'S3 a deployment drains for no time',
      "return idleSince + (typeof timeout === 'number' ? timeout : LONGEST_REQUEST_MS)",
      'return idleSince + (timeout === null ? 0 : 0)',
      planTests('removal traffic'),
    ],
    [
      'S3 nothing is known of its time-out: it drains for none',
      "typeof timeout === 'number' ? timeout : LONGEST_REQUEST_MS",
      "typeof timeout === 'number' ? timeout : 0",
      planTests('removal recreate traffic'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/newcomers.ts', [
    [
      'U1 a renamed endpoint goes while the new one is suspended',
      'return isOfOne && desired !== undefined && isHeld(input, desired)',
      'return isOfOne && false',
      planTests('replacement'),
    ],
    [
      'U1 a renamed endpoint goes while its Application only observes',
      'if (input.freezes.length > 0 || isObserving(input.sync)) return []',
      'if (input.freezes.length > 0) return []',
      planTests('replacement'),
    ],
    [
      'U1 a renamed endpoint goes while the new deployment is suspended',
      'const endpoint = isDeployment(ref.kind) ? ref.parent : ref.name',
      'const endpoint = ref.name',
      planTests('replacement'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/ownership-held.ts', [
    [
      'S16 what nobody tagged is adopted without being asked',
      'if (desired?.policy.adopt === true) return undefined',
      'if (desired !== undefined) return undefined',
      planTests('gate'),
    ],
    [
      'S16 what another Application keeps is adopted by an annotation',
      "if (owner.ownership === 'theirs') {",
      "if (owner.ownership === 'theirs' && desired?.policy.adopt !== true) {",
      planTests('gate'),
    ],
  ]),
]
