import { LOST } from './lost.ts'
import { WAY_BACK } from './way-back.ts'
import { APP, type Workload } from './workload.ts'

/** Who is served, and how a rollback is carried, is no drift that a policy leaves to others. */
const KEPT = ['overexposed', 'wayBackShrunk', 'nobodyServed', 'previousShrunk', 'servingDeleted']

/** The same, where drift is ignored and not only reported. */
export const IGNORED: readonly Workload[] = [...LOST, ...WAY_BACK]
  .filter(({ name }) => KEPT.includes(name))
  .map(({ name, draft }) => ({
    name: `${name}Ignored`,
    draft: (dice) => ({ ...draft(dice), applications: [{ name: APP, sync: { drift: 'ignore' } }] }),
  }))
