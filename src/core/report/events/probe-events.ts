import type { ProbeStatus } from '../../model/probes/probe-traffic.ts'
import type { Report } from '../../model/report.ts'
import { countsText, probeText } from '../probe-text.ts'
import type { EventDetails } from './told.ts'

/** When the controller begins to send requests to an endpoint, ends, and the first time that it gets no answer. */
export function probeEvents(report: Report, previous: Report | undefined): readonly EventDetails[] {
  const before = previous === undefined ? new Map<string, ProbeStatus>() : probesIn(previous)
  const now = probesIn(report)
  const began = [...now].flatMap(([ref, probe]): readonly EventDetails[] => {
    const known = before.get(ref)
    return [
      ...(known === undefined ? [normal(ref, 'ProbesStarted', probeText(probe))] : []),
      ...newlyUnanswered(ref, probe, known),
    ]
  })
  const ended = [...before].flatMap(([ref, probe]): readonly EventDetails[] =>
    now.has(ref)
      ? []
      : [normal(ref, 'ProbesEnded', `No more requests are sent; at last ${countsText(probe)}.`)],
  )
  return [...began, ...ended]
}

function newlyUnanswered(
  ref: string,
  probe: ProbeStatus,
  known: ProbeStatus | undefined,
): readonly EventDetails[] {
  const { unanswered = 0, problem } = probe
  if (unanswered === 0 || problem === undefined || (known?.unanswered ?? 0) > 0) return []
  const message = `A request of the analysis had no answer: ${problem.reason}: ${problem.message}`
  return [{ type: 'Warning', ref, reason: 'ProbesUnanswered', message }]
}

function probesIn({ resources }: Report): ReadonlyMap<string, ProbeStatus> {
  return new Map(
    resources.flatMap(({ key, rollout }) =>
      rollout?.probe === undefined ? [] : [[key, rollout.probe] as const],
    ),
  )
}

function normal(ref: string, reason: string, message: string): EventDetails {
  return { type: 'Normal', ref, reason, message }
}
