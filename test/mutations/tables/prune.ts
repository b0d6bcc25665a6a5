import type { Mutation } from '../mutation.ts'
import { inFile, planTests, testsIn } from './rows.ts'

const READ = testsIn('core/manifests', 'read')
const RECENT = testsIn('core/manifests', 'recent')
const ORPHANS = planTests('orphans')
const DETACH = planTests('detach')
const GATE = planTests('gate')
const HISTORY = testsIn('reconcile', 'history')

/** How other tools deleted what they should not have (INVARIANTS §1.2), and the gate of S14 and S15. */
export const PRUNE: readonly Mutation[] = [
  ...inFile('src/core/plan/prune/detach.ts', [
    ['S14 what no commit declared loses our tags', '...LEAVING_CHECKS, ', '', DETACH],
    ['S28 a rollout whose endpoint is detached keeps its users', ', givesUsersBack', '', DETACH],
    [
      'S14 an endpoint is detached before its deployments, which are deleted then',
      ', hasPartsOfOurs',
      '',
      DETACH,
    ],
    [
      'S14 an endpoint is detached before a deployment that a date keeps',
      '!isKeptForGood(part, around.input)',
      'checkRetained(part, around.input) === undefined',
      DETACH,
      {
        also: [
          {
            file: 'src/core/plan/prune/detach.ts',
            find: 'import { isKeptForGood } from',
            replace: 'import { checkRetained } from',
          },
        ],
      },
    ],
  ]),
  ...inFile('src/reconcile/read.ts', [
    [
      'S14 what an endpoint said that left before its deployments is not looked for',
      'flatMap(({ ref }) => [keyOf(ref), scopeOf(ref)])',
      'map(({ ref }) => keyOf(ref))',
      testsIn('sim', 'detach'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/own-slot.ts', [
    [
      'S14 whatever is in an endpoint with a template Rollout is one of its slots',
      '  if (input.lately.has(key)) return false\n',
      '  if (owner !== undefined) return true\n',
      planTests('detach gate orphans'),
    ],
    [
      'S14 a manifest that came after the slot has no word',
      '  if (input.lately.has(key)) return false\n',
      '',
      DETACH,
    ],
    [
      'a slot that the Rollout no longer names is detached',
      'return then?.rollout?.slots?.some((slot) => slot === proven) === true',
      'return then === null',
      DETACH,
    ],
  ]),
  ...inFile('src/core/plan/prune/fate.ts', [
    [
      'S14 an endpoint whose tags are lost has said nothing of its deployments',
      "owner.ownership === 'ours' || input.lately.has(key)",
      "owner.ownership === 'ours'",
      DETACH,
    ],
    [
      'S16 an endpoint that was never ours says what is done with deployments',
      "owner.ownership === 'ours' || input.lately.has(key)",
      "owner.ownership !== 'copied'",
      DETACH,
    ],
    [
      'L11 the policy by which deployments are detached is not named',
      "return onDelete === 'detach' ? by : undefined",
      "return onDelete === 'never' ? by : undefined",
      DETACH,
    ],
    [
      'S3 the deployments of a detached endpoint are deleted',
      "leaves && ownFate(endpoint, input) === 'detach' ? 'detach' : ownFate(removal, input)",
      'leaves ? ownFate(removal, input) : ownFate(removal, input)',
      DETACH,
    ],
    [
      'the slots that a rollout is done with are detached',
      'return isOwnSlot(removal, input) ? usual : (saidOf(removal, input).onDelete ?? usual)',
      'return saidOf(removal, input).onDelete ?? usual',
      DETACH,
    ],
    [
      'an earlier commit says what is done with what Git no longer declares',
      'one.desired ?? input.lately.get(one.key) ?? provenManifest(one, input)',
      'one.desired ?? provenManifest(one, input)',
      DETACH,
    ],
  ]),
  ...inFile('src/core/plan/prune/removal.ts', [
    [
      'S3 an endpoint is deleted with a deployment that is to be detached',
      "return fateOf(deployment, around) === 'detach'",
      'return false',
      DETACH,
    ],
  ]),
  ...inFile('src/core/plan/prune/orphans.ts', [
    [
      'what is on its way out is listed as an orphan',
      "if (state === 'waiting') return []\n",
      '',
      ORPHANS,
    ],
    [
      'what a passing freeze keeps is listed as an orphan',
      'return sync.prune.enabled ? [] : [[keyOf(ref), NOT_PRUNED]]',
      'return [[keyOf(ref), NOT_PRUNED]]',
      ORPHANS,
    ],
    [
      'what another Application of this process declares is listed as an orphan',
      'return [...fellows.values()].some((declared) => declared.has(key))',
      'return false',
      ORPHANS,
    ],
    [
      'an archived asset is listed as an orphan',
      'return !isArchived && !isContent',
      'return !isContent',
      ORPHANS,
    ],
    [
      'what a rollout keeps in a slot is listed as an orphan',
      ' && !isSlotInUse(assessment)',
      '',
      ORPHANS,
    ],
  ]),
  ...inFile('src/reconcile/neighbours.ts', [
    [
      'a running controller reads the others for a list of orphans',
      'if (asLook && reader',
      'if (reader',
      testsIn('reconcile', 'orphans'),
    ],
  ]),
  ...inFile('src/reconcile/read.ts', [
    [
      'P1 a repository that is out of reach freezes no deletion',
      'return { source, desired, freezes: [freeze] }',
      'return { source, desired, freezes: [] }',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'U1 history that cannot be read is taken for one without what was lost',
      '...(isFailure(former) ? [formerUnread(former)] : []),',
      '',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'P2 a newest commit with problems freezes no deletion',
      'const freezes = hasErrors(problems) ? [freeze] : []',
      'const freezes: Freeze[] = []',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'P7 a commit with errors comes into force',
      '    if (!hasErrors(problems)) {\n',
      '    if (problems.length >= 0) {\n',
      HISTORY,
    ],
    ['S23 a rewritten history freezes no write', '...own.rewritten.map(rewritten),', '', HISTORY],
    [
      'S23 after a restart a commit beside the applied one comes into force',
      'return isLater === false ? lastGood : found',
      'return found',
      HISTORY,
    ],
    [
      'S25 a failed look at history is taken for an answer',
      'searchedFrom = isFailure(found) ? undefined : snapshot.revision',
      'searchedFrom = snapshot.revision',
      HISTORY,
    ],
    [
      'S15 a past that cannot be read freezes no write',
      "failure === undefined ? [] : [{ what: 'writes', ...failure }]",
      '[]',
      testsIn('reconcile', 'tick'),
    ],
    [
      'S14 what a commit beside this history declares proves ownership',
      'if (!isAncestor && !isOurs) return { isRewritten: true }\n',
      '',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'L10 the copy on disk is not read when Git is out of reach',
      'if (lastGood === undefined) await readCopy(signal)\n',
      '',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'S23 an old copy may be followed over a rewritten history',
      "application.sync.rewrittenHistory !== 'follow' || !isFresh",
      "application.sync.rewrittenHistory !== 'follow'",
      testsIn('sim', 'git-out-of-reach'),
      { only: 'copy older than what is applied' },
    ],
  ]),
  ...inFile('src/reconcile/history.ts', [
    [
      'P8 the newest commit before a broken one is taken, good or not',
      'if (!hasErrors(problems)) return { snapshot, desired }',
      'return { snapshot, desired }',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'P5 a commit that declares nothing is a wish',
      'problems: isEmpty ? [...problems, NOTHING_DECLARED] : problems',
      'problems',
      testsIn('reconcile', 'freezes'),
    ],
  ]),
  ...inFile('src/core/manifests/documents/documents.ts', [
    [
      'P5 a file says what another one at its place said before',
      'found?.text === text ? found.read : read()',
      'found !== undefined ? found.read : read()',
      RECENT,
    ],
    [
      'a file says what it said within other limits',
      'if (before?.limits === told) return before.recent',
      'if (before !== undefined) return before.recent',
      RECENT,
    ],
    [
      'P3 a manifest that could not be read declares nothing',
      "return broken(path, 'FileUnreadable', 'the file could not be read')",
      'return { path, documents: [], problems: [] }',
      READ,
    ],
    [
      'P3 a file that is refused declares nothing',
      "return broken(path, 'FileRefused', refusalText(path, file.refused))",
      'return { path, documents: [], problems: [] }',
      READ,
    ],
  ]),
  ...inFile('src/core/plan/prune/gate.ts', [
    [
      'P4 a freeze does not close the gate',
      '  if (freeze !== undefined) return freeze\n',
      '',
      GATE,
    ],
    [
      'P5 an empty desired state prunes',
      'if (input.desired.length === 0)',
      'if (input.desired.length < 0)',
      GATE,
    ],
    [
      'P5 the budget of deletions has no limit',
      'if (count > prune.maxDeletions)',
      'if (count > 1e9)',
      GATE,
    ],
    [
      'P5 the share of deletions has no limit',
      'if (ours >= SHARE_COUNTS_FROM && count > ours * MAX_SHARE)',
      'if (count > 1e9)',
      GATE,
    ],
    [
      'S14 pruning is on without being enabled',
      'if (!prune.enabled)',
      'if (prune.maxDeletions < 0)',
      GATE,
    ],
    [
      'S14 what no commit declared is deleted',
      'if (manifest === undefined) {',
      'if (manifest === undefined && Date.now() < 0) {',
      GATE,
    ],
    [
      'S14 a suspended manifest is pruned',
      'if (said.some((policy) => (policy?.suspendUntil ?? 0) > input.now))',
      'if (said.length > 9)',
      planTests('removal'),
    ],
    [
      'S14 the annotation prune: disabled is not heard',
      "if (said.some((policy) => policy?.prune === 'disabled'))",
      'if (said.length > 9)',
      GATE,
    ],
    [
      'S14 only the recorded commit has a word on what is kept',
      'const said = [manifest, input.lately.get(key)]',
      'const said = [manifest]',
      planTests('removal'),
    ],
    [
      'S16 what is not ours is removed',
      "      live !== undefined &&\n      owner.ownership === 'ours' &&\n",
      '      live !== undefined &&\n',
      GATE,
    ],
    [
      'S16 an asset that is not ours is archived',
      "      live?.phase === 'Ready' &&\n      owner.ownership === 'ours' &&\n",
      "      live?.phase === 'Ready' &&\n",
      planTests('batch'),
    ],
    [
      'S5 a slot that a rollout needs is removed where no history tells of it',
      'rolloutPlan.retained.has(ref.name.toLowerCase())',
      'rolloutPlan.retained.has(ref.name.toUpperCase())',
      planTests('facts'),
    ],
    [
      'P5 what a rollout needs for now has a budget of its own',
      'return needed.filter((one) => !input.desiredAt.has(one.key) && !isOwnSlot(one, input))',
      'return needed.slice(needed.length)',
      GATE,
    ],
    [
      'P5 what serves on uses up the budget',
      "return record?.phase !== 'aborted' && ref.name.toLowerCase() !== rolloutPlan?.wanted.slot",
      'return record !== null',
      GATE,
    ],
    [
      'P5 what stands beside the slots of a template Rollout has no budget',
      '      !isOwnSlot(removal, input) &&\n',
      '      removal.rolloutPlan === undefined &&\n',
      GATE,
    ],
    [
      'P5 the slots of a template Rollout use up the budget',
      '      !isOwnSlot(removal, input) &&\n',
      '',
      planTests('detach gate'),
    ],
    [
      'S14 leftovers that are kept use up the budget',
      ' &&\n      checkRetained(removal, input) === undefined,\n',
      ',\n',
      planTests('removal'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/ownership.ts', [
    [
      'P6 a copied tag makes a thing ours',
      "if (tags[TAGS.owner] !== ownerMark(application, live.ref)) return { ownership: 'copied' }",
      'if (owner === undefined) throw new Error()',
      GATE,
    ],
    [
      'P10 what carries no tag is ours',
      "if (owner === undefined) return { ownership: 'none' }",
      "if (owner === undefined) return { ownership: 'ours' }",
      GATE,
    ],
    [
      'S16 the tag of another Application is ours',
      "if (owner !== application) return { ownership: 'theirs', application: owner }\n",
      '',
      GATE,
      {
        also: [
          {
            file: 'src/core/plan/ownership/ownership.ts',
            find: "if (tags[TAGS.owner] !== ownerMark(application, live.ref)) return { ownership: 'copied' }\n",
            replace: '',
          },
        ],
      },
    ],
  ]),
  ...inFile('src/core/plan/plan.ts', [
    [
      'P10 deletions come after all other changes of a plan',
      '[...removed, ...returns, ...moved.flat()]',
      '[...moved.flat(), ...removed, ...returns]',
      GATE,
    ],
  ]),
  ...inFile('src/core/manifests/envelope.ts', [
    [
      'P9 an unknown field of an envelope is ignored',
      'const envelopeSchema = z.strictObject({',
      'const envelopeSchema = z.object({',
      testsIn('core/manifests', 'read attacks'),
    ],
    [
      'P9 another apiVersion is read like ours',
      'if (version === API_VERSION) return undefined\n',
      'if (version !== undefined) return undefined\n',
      testsIn('core/manifests', 'read attacks rollout-forms'),
    ],
  ]),
  ...inFile('src/core/manifests/checks.ts', [
    [
      'S14 of two manifests of one identity the first is taken',
      'if (chosen !== undefined && explicit.length <= 1 && same) kept.push(chosen)',
      'if (chosen !== undefined) kept.push(chosen)',
      testsIn('core/manifests', 'read attacks'),
    ],
  ]),
  ...inFile('src/adapters/azure/observe/reading.ts', [
    [
      'P11 one thing that cannot be read stops the reading of all',
      'if (isAllOfIt || error.reason === QUEUED || throttle.areReadsClosed()) throw error\n',
      'if (isAllOfIt || error.reason !== QUEUED || throttle.areReadsClosed()) throw error\n',
      testsIn('adapters/azure', 'start hostile'),
    ],
  ]),
  ...inFile('src/core/plan/compare/ignored.ts', [
    [
      'what a rule leaves to others is not told',
      'return rule === undefined || isOfRollout ? [] : ',
      'return rule !== null ? [] : ',
      planTests('ignore'),
    ],
    [
      'who is served in a rollout is told as left to others',
      'rule === undefined || isOfRollout ? [] : ',
      'rule === undefined ? [] : ',
      planTests('ignore'),
    ],
  ]),
  ...inFile('src/core/plan/prune/handover.ts', [
    [
      'S14 what moves to another Application is deleted here',
      'if (receiver === undefined) return undefined\n',
      'if (receiver !== null) return undefined\n',
      GATE,
    ],
    [
      'L11 what is left for another Application waits for it for ever and nobody is told',
      'if (isTakenOver || now - (handedSinceOf(assessment, context) ?? now) < HANDED_MS)',
      'if (now >= 0)',
      GATE,
    ],
    [
      'what another Application has taken over is called stalled',
      'if (isTakenOver || now - ',
      'if (now - ',
      GATE,
    ],
  ]),
  ...inFile('src/core/plan/prune/removals.ts', [
    [
      'a slot that a rollout is done with waits for a person who is asked about other things',
      'return isOfNumber === true && isOwnSlot(removal, input)',
      'return isOfNumber === true && input.now < 0',
      GATE,
    ],
  ]),
  ...inFile('src/core/plan/prune/approval.ts', [
    [
      'S15 what was approved once is deleted when a later commit removes it again',
      'deletions: keys } }',
      'deletions: deletions ?? keys } }',
      planTests('approval'),
    ],
    [
      'P5 deletions beyond what a person is to approve go without him',
      'if (confirm === undefined || keys.length <= confirm || isApproved(keys, approvals))\n',
      'if (keys.length >= 0)\n',
      planTests('approval'),
    ],
    [
      'P5 a yes to some deletions is one to all that come later',
      'return keys.every((key) => deletions.includes(key))',
      'return true',
      planTests('approval'),
    ],
    [
      'P5 any id approves what is to be deleted',
      'return endpoint.toLowerCase() === deletionsId(keys)',
      'return true',
      planTests('approval'),
    ],
    [
      'deletions are called done while nobody could look',
      'const isWhole = world.complete && world.unread.size === 0',
      'const isWhole = true',
      planTests('approval'),
    ],
  ]),
  ...inFile('src/reconcile/loop.ts', [
    [
      'a flood of events is a flood of reads of Azure',
      'if (alarm.aborted) await clock.sleep(untilMs(beganAt + LEAST_MS, clock), signal)\n',
      '',
      testsIn('reconcile', 'loop'),
    ],
  ]),
  ...inFile('src/reconcile/act.ts', [
    [
      'P11 a bug in one write stops the others',
      "return { action, result: 'Failed', reason: 'Bug', message, errorClass: 'bug', retry: 'Later' }",
      'throw new Error(message)',
      testsIn('reconcile', 'loop'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/ownership-held.ts', [
    [
      'L1 an asset that another Application archived never comes back',
      'if (isLeftBehind(assessment)) return undefined',
      '',
      testsIn('sim', 'shared-assets'),
    ],
    [
      'S1 an asset of another Application is written with other content',
      ' && !isFixed(kind, differences)',
      '',
      testsIn('sim', 'shared-assets'),
    ],
  ]),
  ...inFile('src/reconcile/tick.ts', [
    [
      'L1 what labels mean that only the template of a Rollout names is not asked',
      'labels: [...declarationsOf(desired).values()].flatMap(',
      'labels: desired.flatMap(',
      testsIn('sim', 'labels'),
    ],
    [
      'S15 a list that was not read to its end freezes no deletion',
      'const incomplete = world.complete ? [] : [INCOMPLETE]',
      'const incomplete = world.complete ? [] : []',
      testsIn('reconcile', 'tick'),
    ],
    [
      'S15 an Application beside this one that cannot be read freezes no deletion',
      '...freezesOf(neighbours), ',
      '',
      testsIn('reconcile', 'freezes'),
    ],
    [
      'L7 a bug in reading ends the process',
      'return { source: { problems: [], failure: bugOf(error) }, freezes: [] }',
      'throw error',
      testsIn('reconcile', 'loop'),
    ],
    [
      'an interrupted reading is told as a bug',
      '    signal.throwIfAborted()\n    if (error instanceof CloudError)',
      '    if (error instanceof CloudError)',
      testsIn('reconcile', 'loop'),
    ],
    [
      'a turn that is interrupted writes all the same',
      '  signal.throwIfAborted()\n  const { intents,',
      '  const { intents,',
      testsIn('reconcile', 'loop'),
    ],
    [
      'L11 what is said while Azure is read waits for the next turn',
      '  const seen = await attempted(() => observe(ports, options, reading, memory, signal), signal)\n',
      '  const said = ports.inbox.take()\n  ports = { ...ports, inbox: { ...ports.inbox, take: () => said } }\n  const seen = await attempted(() => observe(ports, options, reading, memory, signal), signal)\n',
      testsIn('reconcile', 'tick'),
    ],
  ]),
]
