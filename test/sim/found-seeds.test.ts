import { expect, test } from '@jest/globals'
import { replay } from './checking.ts'
import { scenarioOfSeed } from './mix.ts'

/** Seeds of the swarm that broke an invariant once, with the workload that they were played on. */
const FOUND: readonly (readonly [string, string, number])[] = [
  [
    'S7: a late reading of an older record does not bring an aborted revision back',
    'deletedAfterAbort',
    1_006_277,
  ],
  [
    'U1: after the rollback, too, the way back is made as large as it was',
    'wayBackShrunk',
    1_006_732,
  ],
  ['S2: a candidate gets no users while a change of it has failed', 'manyHands', 1_006_816],
  ['S18: golden requests wait as long as the endpoint asks', 'explicit', 1_008_197],
  [
    'S27: without Git, traffic that was taken back is taken back until it is seen',
    'podMoved',
    1_008_409,
  ],
  [
    'U1: a delete that fails counts once, and what serves is tried again soon',
    'remakeFails',
    103_096,
  ],
  ['U1: what somebody says to retry is tried at once', 'abortedBereft', 201_537],
  [
    'S4: a commit that scales reaches what serves while a rollout waits for data',
    'scaledWithRevision',
    104_027,
  ],
  [
    'S7: a record that was read while Git was out of reach is known when its endpoint is gone',
    'deletedAfterAbort',
    400_750,
  ],
  [
    'S4: a commit that scales reaches what serves where its own revision does not come up',
    'scaledWithRevision',
    301_465,
  ],
  [
    'U1: what is to be given the traffic again is not changed in its place meanwhile',
    'deletedToChange',
    401_562,
  ],
  [
    'U1: a record that was written and never seen in force stands, too',
    'recordAndTrafficLost',
    204_155,
  ],
  [
    'S27: a verdict stands where the write that it asked for was refused and its provider forgets',
    'wayBackFails',
    1_005_104,
  ],
  [
    'L1: what nothing of stable is known to compare with gives its traffic back',
    'explicitStableGone',
    1_005_141,
  ],
  ['U1: an endpoint that late answers do not show is not made anew over', 'halfBroken', 1_006_268],
  [
    'S11: users whom nobody serves wait for no late list; Azure refuses what is too early',
    'noBake',
    1_008_760,
  ],
  [
    'U1: a clock that was set back keeps nobody from making an endpoint again',
    'endpointDeleted',
    1_003_056,
  ],
  [
    'S6: stable is made again before a candidate beside which it was lost has all users',
    'explicitStableGone',
    2_005_089,
  ],
  ['S18: a clock that is set by an hour ends no window of Retry-After', 'wayBackFails', 2_006_729],
  [
    'U1: nothing else is put where stable was while Git cannot say what that was',
    'deletedToChange',
    3_005_277,
  ],
  [
    'S7: a clock that is set, and an endpoint deleted with its record, end no abort',
    'deletedAfterAbort',
    3_001_321,
  ],
  [
    'U1: refusals before it make an endpoint whose making fails wait no longer',
    'endpointDeletedInRollout',
    3_008_494,
  ],
  ['U1: a provider that is five minutes behind is judged as late', 'twoControllersBad', 3_007_365],
  ['S29: a step that was decided, and whose write failed, is sent again', 'manyHands', 3_000_385],
  [
    'U1: who is served is put right on an endpoint whose last write failed, too, where drift is only reported',
    'servingDeleted',
    6_001_438,
  ],
  [
    'L10: a process without Git and its copy cannot measure, also when Git came back between two looks',
    'scaled',
    7_000_372,
  ],
  [
    'U1: users whom somebody gave a candidate are taken back although writes to its endpoint failed before',
    'overexposedIgnored',
    7_002_088,
  ],
  [
    'S9: traffic that an old list does not show yet is not written again',
    'servingDeleted',
    7_002_003,
  ],
  [
    'U1: what is refused because something else is at work is asked again every two minutes at most',
    'endpointDeleted',
    8_003_122,
  ],
  [
    'S7: a renamed deployment that is aborted gives its users back to the same content',
    'renameDeployment',
    8_007_695,
  ],
  [
    'U1: what users wait for is tried again soon, however long there was no quota for it',
    'servingDeletedIgnored',
    11_000_900,
  ],
  [
    'L1: a model that turns bad while a reading of Git takes long has turned bad in time',
    'explicitStableGone',
    10_000_905,
  ],
  [
    'S18: users whom nobody serves are the probe of a window of Retry-After',
    'nobodyServed',
    10_001_649,
  ],
  [
    'S7: what a fresh process asks by name for the first time is answered truly',
    'rolloutNotDeclared',
    9_005_281,
  ],
  [
    'U1: traffic that nobody gets is put back every two minutes at least, however often that failed',
    'servingDeleted',
    14_005_233,
  ],
  [
    'L11: a new process that cannot read Git and has no copy refuses what was named before it',
    'leverPromote',
    14_005_227,
  ],
  [
    'L10: a copy that is lost while no process is up is not there when one is started without Git',
    'scaledByGit',
    15_001_008,
  ],
  ['U1: so it is in the plain form', 'servingDeleted', 6_006_808],
  [
    'L11: an endpoint whose own write failed as its deployment did waits for the next try, and for nobody',
    'trafficNotDeclared',
    13_006_038,
  ],
  [
    'L1: where a process came to a stop before its first revision had users, nobody goes back to that one',
    'wayBackShrunk',
    26_000_872,
  ],
  [
    'S18: what is read for traffic that is taken back is the one probe of a window of Retry-After',
    'commitWithoutStable',
    26_002_401,
  ],
  [
    'L11: a lever that is said while another one waits for Azure is not refused',
    'waitsPastDeadline',
    29_001_227,
  ],
  [
    'S31: a retry that waits for Azure is not carried out on a newer commit',
    'leversThenCommit',
    32_005_536,
  ],
  [
    'L1: a sound revision whose users had 4 errors of 28 by chance may be refused',
    'noisyGolden',
    33_000_100,
  ],
  [
    'U1: an endpoint that was made again in vain is owed to its users as one that is gone',
    'endpointDeletedInRollout',
    35_000_654,
  ],
  [
    'L1: a deadline does not count the minutes in which the controller was halted',
    'waitsPastDeadline',
    38_001_860,
  ],
  ['S4: who is told by a GET that stable is gone gives users what there is', 'scaled', 40_006_950],
  [
    'U1: a stable deployment that was made again in vain is so by Azure’s clock, too, that is an hour behind',
    'remakeFails',
    40_003_164,
  ],
  [
    'L10: nothing is measured where the disk was lost and no process was up for a look at Git',
    'abortThenRetry',
    43_005_388,
  ],
  [
    'L11: what a list did not show when somebody took its endpoint over is taken over when it is seen',
    'tagsLost',
    44_005_820,
  ],
  [
    'L2: what Azure has not carried out of a rollout’s move is put right, whatever the policy for drift',
    'wayBackShrunkIgnored',
    49_041_217,
  ],
  [
    'L11: what another Application’s rollout keeps waits as long as that one says',
    'movedInBake',
    49_060_775,
  ],
  [
    'S22: what a stale list said is not held against the looks that read no list',
    'servingDeleted',
    49_070_015,
  ],
  [
    'S18: users of a deployment that is gone are the probe of a window of Retry-After',
    'explicitStableGone',
    49_093_569,
  ],
  [
    'S22: what somebody did since the last look at all is not held against a look at what moves',
    'busyTree',
    49_094_892,
  ],
]

test.each(FOUND)('%s (%s, seed %i)', async (_, workload, seed) => {
  expect(await replay(scenarioOfSeed(seed, workload))).toEqual([])
})
