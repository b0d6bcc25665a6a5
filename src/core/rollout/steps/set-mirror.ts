import { z } from 'zod'
import { strictWhole } from '../../kinds/fields/fields.ts'
import { shortOf } from '../capacity.ts'
import { timeLeft } from './pause.ts'
import { type StepKind, stepSpan } from './step.ts'

const said = z
  .strictObject({
    percent: strictWhole(1, 50).describe(
      'Share of live requests that are copied; 50 at most. The copies count to the bandwidth of the endpoint (5 MBPS, unless support has raised it), beyond which Azure throttles users, too.',
    ),
    duration: stepSpan().describe('How long.'),
  })
  .describe('Copies of live requests to the new revision; nobody sees its answers.')

/** Copies of live requests to the candidate for a while; nobody sees its answers. At most 50 percent (FACTS 4). */
export const setMirror: StepKind<'setMirror', z.output<typeof said>> = {
  schema: said,
  read: ({ percent, duration }) => ({ type: 'setMirror', percent, durationMs: duration }),
  phase: 'shadowing',
  isTimed: true,
  go({ percent, durationMs }, input) {
    if (input.isEntered) return timeLeft(durationMs, input, 'Mirroring', 'Mirrors traffic')
    return shortOf(input.state, percent) ?? { go: 'move' }
  },
}
