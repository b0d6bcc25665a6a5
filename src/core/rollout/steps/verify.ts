import { z } from 'zod'
import { text } from '../../kinds/fields/fields.ts'
import { goldenVerdict } from '../golden/golden-verdict.ts'
import { stableRate } from '../judgements.ts'
import { isStepIssues, ON, type StepKind } from './step.ts'

const said = z
  .strictObject({
    requests: text(512).describe('Golden files: `golden/*.json`, relative to this manifest.'),
  })
  .describe('Requests with known answers, sent to the new revision before any traffic.')

/** Golden requests, sent to the candidate by the deployment header: each must be answered as Git says, at the first tries. */
export const verify: StepKind<'verify', z.output<typeof said>> = {
  schema: said,
  read({ requests }, named) {
    const golden = named.golden(requests)
    return isStepIssues(golden) ? golden : { type: 'verify', golden }
  },
  phase: 'verifying',
  isTimed: false,
  go({ golden }, { candidate, probes, rollout, judgementOf, now }) {
    const answers = probes.get(candidate.slot)
    if (answers === undefined)
      return { go: 'wait', reason: 'Verifying', message: 'Golden requests are to be sent.' }
    const verdict = goldenVerdict(golden, answers, stableRate(rollout, judgementOf))
    switch (verdict.is) {
      case 'passed':
        return ON
      case 'refused':
        return { go: 'fail', reason: verdict.reason, message: verdict.message }
      case 'unanswered':
        return {
          go: 'wait',
          reason: 'CannotVerify',
          message: verdict.message,
          until: now + ASK_AGAIN_MS,
        }
      case 'open':
        return {
          go: 'wait',
          reason: 'Verifying',
          message: verdict.message,
          until: now + ASK_AGAIN_MS,
        }
    }
  },
}

const ASK_AGAIN_MS = 15_000
