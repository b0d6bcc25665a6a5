import type { RolloutStatus } from '../model/rollout.ts'

type Probe = NonNullable<RolloutStatus['probe']>

/** What a step sends, in words. */
export function probeText({ perMinute, different, ...counts }: Probe): string {
  const requests = `${perMinute} ${perMinute === 1 ? 'request' : 'requests'} a minute`
  const kinds = `${different} different ${different === 1 ? 'one' : 'ones'}`
  const sent = counts.sent === undefined ? '' : `; ${countsText(counts)}`
  return `Probes: ${requests}, of ${kinds}${sent}.`
}

/** How they were answered so far. */
export function countsText({
  sent = 0,
  failed = 0,
  unanswered = 0,
  problem,
}: Pick<Probe, 'sent' | 'failed' | 'unanswered' | 'problem'>): string {
  const why =
    problem === undefined ? '' : ` (last: ${problem.reason}: ${problem.message.replace(/\.$/, '')})`
  return [
    `${sent} sent`,
    ...(failed === 0 ? [] : [`${failed} not answered as their files say`]),
    ...(unanswered === 0 ? [] : [`${unanswered} without an answer${why}`]),
  ].join(', ')
}
