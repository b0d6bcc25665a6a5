import { instancesOf } from '../capacity.ts'
import { ON, type StepKind } from './step.ts'

/** So many instances of the candidate before the road goes on. Instances are only added during a rollout. */
export const setScale: StepKind<'setScale'> = {
  phase: 'provisioning',
  isTimed: false,
  go(step, { facts }) {
    const wanted = instancesOf(step, facts.full)
    if (facts.instances >= wanted) return ON
    const message = `Scales the candidate to ${wanted} instances; it has ${facts.instances}.`
    return { go: 'wait', reason: 'Scaling', message, instances: wanted }
  },
}
