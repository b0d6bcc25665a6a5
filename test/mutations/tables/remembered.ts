import type { Mutation } from '../mutation.ts'
import { inFile, planTests, testsIn } from './rows.ts'

const RESTING = planTests('resting')
const KEPT = testsIn('adapters/azure', 'kept')

/** What keeps a look from taking for the same what is not, and from working out again what is. */
export const REMEMBERED: readonly Mutation[] = [
  ...inFile('src/adapters/azure/observe/kept.ts', [
    [
      'a thing that was read again is what it was, whatever its state',
      'const isSamePhase = one.phase === other.phase',
      'const isSamePhase = true',
      KEPT,
    ],
    [
      'a thing that was read again is what it was, whatever its body',
      'isSamePhase && isSameRef(one.ref, other.ref) && isSame(one.body, other.body, SIGNED)',
      'isSamePhase && isSameRef(one.ref, other.ref)',
      KEPT,
    ],
    [
      'a field that is gone is not missed in what was read again',
      'names.length === Object.keys(other).length &&',
      'names.length >= Object.keys(other).length - 1 &&',
      KEPT,
    ],
    [
      'an address that is signed anew makes another thing of what was read again',
      'const SIGNED: readonly string[] = [',
      "const SIGNED: readonly string[] = ['no',",
      KEPT,
    ],
    [
      'a query in any place does not count in what was read again',
      'signed !== undefined && signed[0] === name ? signed.slice(1) : undefined',
      "signed !== undefined && signed[0] === name ? signed.slice(1) : name === 'AzureAsyncOperationUri' ? [] : signed",
      KEPT,
    ],
    [
      'what has failed is asked why at an address of long ago',
      'if (operation !== undefined) signedLast.set(before, operation)',
      '',
      KEPT,
    ],
    [
      'what has failed is asked why whenever its address is signed anew',
      'signedLast.get(live) ?? { name: unsigned(link), link }',
      'signedLast.get(live) ?? { name: link, link }',
      KEPT,
    ],
    [
      'what has failed is another thing at each look',
      'if (known?.failure === failure) return known',
      '',
      KEPT,
    ],
  ]),
  ...inFile('src/core/plan/resting.ts', [
    [
      'what is at rest is planned with other labels, commits and rules as before',
      'known?.frame === frame && isSame(known.grounds',
      'known !== undefined && isSame(known.grounds',
      RESTING,
    ],
    [
      'what is at rest is planned by rules that have ended',
      'one.rules === other.rules &&',
      '',
      RESTING,
    ],
    [
      'what is at rest is planned in a new commit as before',
      'one.revision === other.revision &&',
      '',
      RESTING,
    ],
    [
      'what is at rest is planned for another Application as before',
      'one.application === other.application &&',
      '',
      RESTING,
    ],
    [
      'what is at rest is planned with another version under its label as before',
      'isSameFlat(one.labels, other.labels)',
      'isSameFlat(one.labels, one.labels)',
      RESTING,
    ],
    [
      'what is at rest is planned as before though it was not read',
      'memory[key], isUnread)',
      'memory[key])',
      RESTING,
    ],
    [
      'what is at rest is planned as before whatever the applied commit declared',
      'grounds.push(live, declaredAt(context, owner, live.ref), memory[key], isUnread)',
      'grounds.push(live, memory[key], isUnread)',
      RESTING,
    ],
    [
      'what is at rest is planned as before though something else is remembered of it',
      'grounds.push(live, declaredAt(context, owner, live.ref), memory[key], isUnread)',
      'grounds.push(live, declaredAt(context, owner, live.ref), isUnread)',
      RESTING,
      {
        also: [
          {
            file: 'src/core/plan/resting.ts',
            find: 'grounds.push(one, memory[placeOf(one).key])',
            replace: 'grounds.push(one)',
          },
        ],
      },
    ],
    [
      'what is at rest is planned as before though Git declares something else',
      'for (const one of desired) grounds.push(one, memory[placeOf(one).key])',
      'for (const one of desired) grounds.push(memory[placeOf(one).key])',
      RESTING,
      {
        also: [
          {
            file: 'src/core/plan/resting.ts',
            find: 'one.revision === other.revision &&',
            replace: '',
          },
        ],
      },
    ],
    [
      'what waits for somebody is at rest',
      'if (first === undefined || made.concerned.has(name)) continue',
      'if (first === undefined) continue',
      RESTING,
    ],
    [
      'what is dated is at rest',
      'before === after && Object.keys(after ?? {}).every((field) => UNDATED.has(field))',
      'before === after',
      RESTING,
    ],
    [
      'what is suspended for a time is at rest',
      'desired !== undefined && desired.policy.suspendUntil === undefined',
      'desired !== undefined',
      RESTING,
    ],
    [
      'what is asked for, or frozen, is not heard by what is at rest',
      'return intents.length === 0 && approvals.length === 0 && freezes.length === 0',
      'return true',
      RESTING,
    ],
    [
      'a rollout is at rest though its revision of before is kept for a time',
      'return [candidate, withdrawn, previous, untilMs].every((one) => one === undefined)',
      'return true',
      RESTING,
      {
        also: [
          {
            file: 'src/core/plan/resting.ts',
            find: '!isAsked && !isTimed &&',
            replace: '!isAsked &&',
          },
        ],
      },
    ],
  ]),
  ...inFile('src/core/plan/memory/next-memory.ts', [
    [
      'what is remembered is another object at each look',
      'isSame && fields.every((field) => before[field] === after[field]) ? before : after',
      'after',
      RESTING,
    ],
  ]),
  ...inFile('src/core/report/report.ts', [
    [
      'a thing is told as before though something is held of it, or done to it',
      'const isQuiet = !held.has(key) && !outcomes.has(key)',
      'const isQuiet = true',
      testsIn('core/report', 'same-objects'),
    ],
    [
      'a thing is told as before in another commit',
      'previous === undefined || previous.appliedRevision !== revision',
      'previous === undefined',
      testsIn('core/report', 'same-objects'),
    ],
    [
      'a thing is told as held though nothing is held of it any more',
      'plan.findings.filter(({ key }) => !told.has(key))',
      'plan.findings',
      testsIn('core/report', 'same-objects'),
    ],
  ]),
  ...inFile('src/reconcile/in-turns.ts', [
    [
      'nothing else is done while a large workspace is planned',
      '    await new Promise((resolve) => setImmediate(resolve))\n',
      '',
      testsIn('reconcile', 'in-turns'),
    ],
    [
      'a plan goes on though nobody wants it any more',
      '    signal?.throwIfAborted()\n',
      '',
      testsIn('reconcile', 'in-turns'),
    ],
  ]),
  ...inFile('src/core/plan/compare/labels.ts', [
    [
      'every label goes through all that is declared',
      'return missingIn(declared).get(nameOf(label)) ?? []',
      'return missingIn([...declared]).get(nameOf(label)) ?? []',
      planTests('growth-of-looks'),
    ],
  ]),
  ...inFile('src/core/plan/ownership/restore.ts', [
    [
      'every deployment that lost its tags goes through all that is live',
      'firstAt(world.resources).get(scopeOf(ref))',
      'world.resources.find((one) => keyOf(one.ref) === scopeOf(ref))',
      planTests('growth-of-looks'),
    ],
  ]),
  ...inFile('src/core/plan/prune/removal.ts', [
    [
      'every endpoint that goes, goes through all there is',
      'newcomersIn(all)',
      'newcomersIn(new Map(all))',
      planTests('growth-of-looks'),
    ],
  ]),
]
