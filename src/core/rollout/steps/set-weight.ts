import { strictWhole } from '../../kinds/fields/fields.ts'
import { shortOf } from '../capacity.ts'
import { ON, type StepKind } from './step.ts'

/** So much traffic to the candidate, if its instances can carry it (INVARIANTS S4). Done once it is seen to be so. */
export const setWeight: StepKind<'setWeight', number> = {
  schema: strictWhole(1, 100).describe('Percent of the traffic that the new revision gets.'),
  read: (percent) => ({ type: 'setWeight', percent }),
  phase: 'shifting',
  isTimed: false,
  go({ percent }, { state, isEntered }) {
    if (isEntered) return ON
    return shortOf(state, percent) ?? { go: 'move' }
  },
}
