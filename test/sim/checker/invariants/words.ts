import type { Report } from '../../../../src/core/model/report.ts'
import type { IntentAnswer } from '../../../../src/core/model/rollout.ts'
import type { TraceEvent } from '../../trace.ts'
import type { History } from '../history.ts'
import { NOTHING } from '../invariant.ts'

/** Those that send traffic on, or let a rollout begin again. */
const FORWARD: readonly string[] = ['promote', 'resume', 'retry']
/** An hour, and what clocks that were set in between make of it. */
const LASTS_MS = 130 * 60_000

interface Word {
  readonly at: number
  readonly revision: string | undefined
}

/** S31, of what people say: it moves the rollout that they saw, and is not carried out hours later. */
export function staleWords(history: History, event: TraceEvent): readonly string[] {
  const words = history.memo('S31 words', () => new Map<string, Word>())
  const reports = history.memo('S31 reports', () => new Map<string, Report>())
  if (event.type === 'intent' && event.id !== undefined) {
    const { application, endpoint, at, id } = event
    words.set(id, { at, revision: revisionsIn(reports.get(application), endpoint)[0] })
  }
  if (event.type !== 'plan') return NOTHING
  const before = reports.get(event.application)
  reports.set(event.application, event.report)
  return event.report.answers.flatMap((answer) => {
    const word = words.get(answer.intent.id)
    return word === undefined ? [] : wrongIn(answer, word, { event, before })
  })
}

function wrongIn(
  { intent, result }: IntentAnswer,
  { at, revision }: Word,
  { event, before }: { readonly event: { at: number; report: Report }; before: Report | undefined },
): readonly string[] {
  const { verb, endpoint } = intent
  if (result !== 'accepted' || !FORWARD.includes(verb)) return []
  const said = `${verb} of ${endpoint} was said of ${revision}`
  if (event.at - at > LASTS_MS)
    return [`${said} ${Math.round((event.at - at) / 60_000)} minutes before it is carried out`]
  const isMoved = event.report.outcomes.some(
    ({ action, result: sent }) => sent === 'Started' && action.turn?.endpoint.name === endpoint,
  )
  if (!isMoved) return []
  const there = [before, event.report].flatMap((report) => revisionsIn(report, endpoint)[0] ?? [])
  if (revision === undefined || there.length === 0 || there.includes(revision)) return []
  return [`${said} and is carried out on ${there.join(' and ')}`]
}

/** The revision on its way first, then the one that serves. */
function revisionsIn(report: Report | undefined, endpoint: string): readonly string[] {
  const { candidate, stable } =
    report?.resources.find(({ rollout }) => rollout?.endpoint === endpoint)?.rollout ?? {}
  return [candidate, stable].flatMap((one) => (one === undefined ? [] : [one.revision]))
}
