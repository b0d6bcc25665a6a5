import { differentOnes, type ProbeCounts, type ProbeStatus } from '../model/probes/probe-traffic.ts'

/** What a step sends, in words. */
export function probeText({ perMinute, different, ...counts }: ProbeStatus): string {
  const requests = `${perMinute} ${perMinute === 1 ? 'request' : 'requests'} a minute`
  const sent = counts.sent === undefined ? '' : `; ${countsText(counts)}`
  return `Probes: ${requests}, of ${differentOnes(different)}${sent}.`
}

/** How they were answered so far. */
export function countsText({
  sent = 0,
  failed = 0,
  unanswered = 0,
  problem,
}: Partial<ProbeCounts>): string {
  const why =
    problem === undefined ? '' : ` (last: ${problem.reason}: ${problem.message.replace(/\.$/, '')})`
  return [
    `${sent} sent`,
    ...(failed === 0 ? [] : [`${failed} not answered as their files say`]),
    ...(unanswered === 0 ? [] : [`${unanswered} without an answer${why}`]),
  ].join(', ')
}
