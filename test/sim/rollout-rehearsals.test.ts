import { describe, expect, test } from '@jest/globals'
import { rehearse, SCENARIOS } from '../support/rehearsal.ts'

/** How each scenario of a new revision must end, at 50 requests a second. */
const ENDS: Readonly<Record<string, { phase: string; reason: RegExp; requestsAtMost: number }>> = {
  'good model': { phase: 'idle', reason: /Stable/, requestsAtMost: Number.POSITIVE_INFINITY },
  '2x error rate': { phase: 'rolled_back', reason: /ErrorsHigher/, requestsAtMost: 4000 },
  '+20 % latency': { phase: 'rolled_back', reason: /LatencyHigher/, requestsAtMost: 1200 },
  'totally broken': { phase: 'rolled_back', reason: /GoldenFailed/, requestsAtMost: 0 },
  'slow tail': { phase: 'rolled_back', reason: /LatencyHigher/, requestsAtMost: 2500 },
  'turns bad in the bake': { phase: 'rolled_back', reason: /ErrorsHigher/, requestsAtMost: 30_000 },
  'wrong answers': { phase: 'rolled_back', reason: /GoldenMismatch/, requestsAtMost: 0 },
  'quota missing': { phase: 'provisioning', reason: /QuotaShort/, requestsAtMost: 0 },
  'image build fails': { phase: 'degraded', reason: /ImageBuildFailure/, requestsAtMost: 0 },
}

describe('a new revision at 50 requests a second, on the sandbox in virtual time', () => {
  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s ends as designed',
    async (name, scenario) => {
      const { status, report, candidate, power } = await rehearse(scenario)
      const end = ENDS[name]
      const reasons = [
        status?.aborted?.reason ?? status?.reason,
        ...report.plan.held.map(({ reason }) => reason),
      ]
      expect({
        phase: status?.phase,
        said: reasons.some((reason) => end?.reason.test(reason ?? '')),
        reasons,
      }).toEqual({
        phase: end?.phase,
        said: true,
        reasons,
      })
      // 50 requests a second, of which stable fails 1 %: said before anything is created.
      expect(power).toMatch(
        /^at \d{4} requests\/min and 10 % this needs about \d+ min to see a doubled error rate/,
      )
      expect(candidate.requests).toBeLessThanOrEqual(end?.requestsAtMost ?? 0)
    },
  )
})
