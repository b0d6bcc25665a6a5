import type { Mutation } from '../mutation.ts'
import { inFile, planTests, rolloutTests } from './rows.ts'

/** What the planner knows of deployments and rollouts. */
export const PLAN: readonly Mutation[] = [
  ...inFile('src/core/plan/rollouts/deployment-states.ts', [
    [
      'S30 a change that failed is taken for a create that failed',
      'const hasServed = served.has(name) && hasCome && !isUnrecoverable(context, live.ref)',
      'const hasServed = false',
      rolloutTests('hands'),
    ],
    [
      'S30 what Azure calls unrecoverable counts as serving',
      'const hasServed = served.has(name) && hasCome && !isUnrecoverable(context, live.ref)',
      'const hasServed = served.has(name) && hasCome',
      planTests('facts'),
    ],
    [
      'S30 a candidate has served only once it is stable',
      'const moved = startMs > 0 ? [candidate] : []',
      'const moved: (Slot | undefined)[] = []',
      planTests('facts'),
    ],
    [
      'what is ready runs other content than Git declares',
      'rev === wanted.rev && isAsDeclared(context, declared)',
      'rev === wanted.rev',
      planTests('facts'),
    ],
    [
      'a failure of earlier content is held against the new one',
      "if (live.phase !== 'Failed' || (wanted !== undefined && rev !== undefined && rev !== wanted.rev))",
      "if (live.phase !== 'Failed')",
      planTests('facts'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/slots-held.ts', [
    [
      'S5 the revision of before is not kept in its window',
      '    ...(previous !== undefined && isOpen ? [previous.slot] : []),\n',
      '',
      rolloutTests('way-back template explicit'),
    ],
    [
      'S5 what is on its way is not kept',
      'candidate !== undefined && (isUnderWay(record) || isOpen)',
      'candidate !== undefined && isOpen',
      planTests('facts'),
    ],
    [
      'S5 the stable deployment is not made again from Git’s history',
      'return formerSlot(context, endpoint, { ...record.stable, states })',
      'return undefined',
      planTests('facts'),
    ],
    [
      'S5 a former slot of other content is put in the place of the stable one',
      'if (revisions.includes(rev) || (isUnknown && isEarlier)) return { ...found, revision: rev }',
      'return { ...found, revision: rev }',
      planTests('facts'),
    ],
    [
      'S7 an aborted revision that was removed is made again',
      'if (rollout.slots !== undefined && isOver) return []\n',
      '',
      rolloutTests('template way-back commits'),
    ],
    [
      'S4 a candidate on its way loses the instances it has',
      'return isMoving ? Math.max(asked, has?.instances ?? 0) : asked',
      'return asked',
      planTests('facts'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/known-record.ts', [
    [
      'a record that is not ours is a fresh start',
      'return { record, isBroken: record === undefined, text }',
      'return { record, isBroken: false, text }',
      rolloutTests('hands way-back'),
    ],
    [
      'S31 a record is seen for the first time at every turn',
      'notAhead(written, arrived?.record === text ? arrived.at : now)',
      'notAhead(written, now)',
      planTests('watched'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/plan-rollouts.ts', [
    [
      'S24 no limit of rollouts at once',
      'if (ahead === undefined || !begins(decision)) return decision',
      'return decision',
      rolloutTests('hands'),
    ],
    [
      'S24 rollouts that have begun are not counted',
      'let room = context.sync.maxRollouts - begun.length',
      'let room = context.sync.maxRollouts',
      rolloutTests('hands'),
    ],
    [
      'S14 where it cannot be told who is stable, slots are removed',
      'const { slots, retained, protectedSlots } = isLost(input)',
      'const { slots, retained, protectedSlots } = isLost(input) && input.now < 0',
      rolloutTests('way-back hands template'),
    ],
    [
      'S25 what a lost process saw in force counts',
      'const isSince = arrived?.record === text && arrivalOf(reading).isArrived',
      'const isSince = arrivalOf(reading).isArrived',
      [...rolloutTests('hands road levers commits'), ...planTests('watched')],
    ],
    [
      'S27 what was seen of another record counts as in force',
      'wasInForce: seen !== undefined && seen === text',
      'wasInForce: seen !== undefined',
      planTests('watched'),
    ],
    [
      'S31 time that another record was watched counts',
      'watched !== undefined && watched.record === watchKeyOf(record, text, wanted)',
      'watched !== undefined',
      planTests('watched'),
    ],
    [
      'with "queue" a revert waits for the rollout it ends',
      "newest.onNewCommit === 'queue' && !isReverted",
      "newest.onNewCommit === 'queue'",
      rolloutTests('commits'),
    ],
    [
      'an intent for another endpoint is carried out',
      'intents: intents.filter(({ endpoint }) => isNamed(endpoint, desired))',
      'intents',
      [...rolloutTests('hands levers'), ...planTests('watched')],
    ],
    [
      'S8 an endpoint in the midst of its write has arrived',
      'isArrived: isAtRest(live) && isAsRecorded',
      'isArrived: live !== undefined && isAsRecorded',
      planTests('watched'),
    ],
    [
      'L3 an endpoint whose last write failed never arrives',
      'isArrived: isAtRest(live) && isAsRecorded',
      "isArrived: live?.phase === 'Ready' && isAsRecorded",
      planTests('watched'),
    ],
  ]),
  ...inFile('src/core/plan/rollouts/held-moves.ts', [
    [
      'S2 weights rise on what a change of Azure is under way on',
      ": ['up', 'changed', 'degraded']",
      ": ['up', 'changed', 'degraded', 'busy']",
      planTests('facts'),
    ],
    [
      'S27 traffic is not given back to what a list does not show',
      "? ['up', 'changed', 'degraded', 'unknown']",
      "? ['up', 'changed', 'degraded']",
      planTests('facts'),
    ],
    [
      'S26 weights rise on what a list does not show',
      ": ['up', 'changed', 'degraded']",
      ": ['up', 'changed', 'degraded', 'unknown']",
      [...rolloutTests('hands'), ...planTests('facts')],
    ],
    [
      'S30 no weight goes back to what a change has failed of',
      "? ['up', 'changed', 'degraded', 'unknown']",
      "? ['up', 'changed', 'unknown']",
      rolloutTests('hands'),
    ],
    [
      'S2 mirrored traffic rises on what is not up',
      'const down = [...rises(decision.weights, live), ...rises(decision.mirror, mirror)].find(',
      'const down = rises(decision.weights, live).find(',
      [...rolloutTests('hands'), ...planTests('facts')],
    ],
    [
      'a lever that could not be carried out is told to have been',
      "answer.result === 'accepted' ? { ...answer, ...changes, result: 'pending' } : answer",
      'answer',
      rolloutTests('hands'),
    ],
  ]),
]
