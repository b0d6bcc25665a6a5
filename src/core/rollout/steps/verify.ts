import { z } from 'zod'
import { text } from '../../kinds/fields.ts'
import { mismatchOf } from '../golden.ts'
import { isIssues, ON, type StepKind } from './step.ts'

const said = z
  .strictObject({
    requests: text(512).describe('Golden files: `golden/*.json`, relative to this manifest.'),
  })
  .describe('Requests with known answers, sent to the new revision before any traffic.')

/** Golden requests, sent to the candidate by the deployment header: all must be answered as Git says. */
export const verify: StepKind<'verify', z.output<typeof said>> = {
  schema: said,
  read({ requests }, named) {
    const golden = named.golden(requests)
    return isIssues(golden) ? golden : { type: 'verify', golden }
  },
  phase: 'verifying',
  isTimed: false,
  go({ golden }, { candidate, probes, now }) {
    const answers = probes.get(candidate.slot)
    if (answers === undefined)
      return { go: 'wait', reason: 'Verifying', message: 'Golden requests are to be sent.' }
    for (const request of golden) {
      const answer = answers.find(({ name }) => name === request.name)
      if (answer === undefined || 'problem' in answer) {
        const { reason, message } = answer?.problem ?? {
          reason: 'NotAsked',
          message: 'It was not sent.',
        }
        const said = `${request.name} could not be asked: ${reason}: ${message}`
        return { go: 'wait', reason: 'CannotVerify', message: said, until: now + ASK_AGAIN_MS }
      }
      const mismatch = mismatchOf(request, answer)
      if (mismatch !== undefined)
        return { go: 'fail', reason: 'GoldenMismatch', message: `${request.name}: ${mismatch}` }
    }
    return ON
  },
}

const ASK_AGAIN_MS = 15_000
