import { z } from 'zod'
import { wholeNumber } from '../../kinds/fields/fields.ts'
import { instancesOf } from '../capacity.ts'
import { ON, type StepKind } from './step.ts'

const said = z
  .strictObject({
    percent: wholeNumber(1, 100).optional().describe('Percent of `instance_count`, rounded up.'),
    instances: wholeNumber(1, 10_000).optional().describe('Instances, instead of a percentage.'),
  })
  .describe('Instances of the new revision before the road goes on.')

/** So many instances of the candidate before the road goes on. Instances are only added during a rollout. */
export const setScale: StepKind<'setScale', z.output<typeof said>> = {
  schema: said,
  read({ percent, instances }) {
    if ((percent === undefined) === (instances === undefined))
      return [
        {
          path: [],
          reason: 'MissingField',
          message: 'one of "percent" and "instances" is required',
        },
      ]
    return {
      type: 'setScale',
      ...(percent === undefined ? {} : { percent }),
      ...(instances === undefined ? {} : { instances }),
    }
  },
  phase: 'provisioning',
  isTimed: false,
  go(step, { state }) {
    const wanted = instancesOf(step, state.full)
    if (state.instances >= wanted) return ON
    const message = `Scales the candidate to ${wanted} instances; it has ${state.instances}.`
    return { go: 'wait', reason: 'Scaling', message, instances: wanted }
  },
}
