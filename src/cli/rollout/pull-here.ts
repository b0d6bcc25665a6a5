import { randomUUID } from 'node:crypto'
import type { Assembly } from '../../compose.ts'
import type { Report } from '../../core/model/report.ts'
import type { Intent, IntentAnswer } from '../../core/model/rollout.ts'
import { isMeant } from '../../core/plan/adoption.ts'
import { tick } from '../../reconcile/tick.ts'
import type { CommandContext } from '../context.ts'
import { openSession, type Session } from '../session.ts'
import type { TargetFlags } from '../targets.ts'
import { tickUntil } from '../tick-until.ts'
import { isSame, type Lever, type LeverAnswer, oneOf } from './lever.ts'

/** By ticks of our own, as `sync` makes them, until the lever is pulled or refused. */
export async function pullHere(
  lever: Lever,
  {
    source,
    flags,
  }: {
    readonly source: string | undefined
    readonly flags: TargetFlags & { readonly timeout: number }
  },
  context: CommandContext,
): Promise<LeverAnswer> {
  const session = await openSession(source, flags, context.config)
  try {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout * 1000)])
    const assembly = await assemblyFor(lever, session, signal)
    return await pullIn(assembly, lever, session.pollMs, context, signal)
  } finally {
    await session.close()
  }
}

async function pullIn(
  assembly: Assembly,
  lever: Lever,
  pollMs: number,
  context: CommandContext,
  signal: AbortSignal,
): Promise<LeverAnswer> {
  const { application } = assembly
  const id = randomUUID()
  const { revision, ...said } = lever
  const about = revision === undefined ? {} : { about: { revision } }
  const intent: Intent = { ...said, ...about, id, who: `${lever.who} (local)`, at: Date.now() }
  void assembly.ports.inbox.put(intent, signal)
  const answerIn = ({ answers }: Report): IntentAnswer | undefined =>
    answers.find((answer) => answer.intent.id === id)
  const isAnswered = (report: Report): boolean =>
    ['accepted', 'refused'].includes(answerIn(report)?.result ?? '')
  // Somebody waits: what could not be read is read again soon.
  const impatient = { ...application, sync: { ...application.sync, intervalMs: pollMs } }
  const own = { ...assembly, application: impatient }
  const report = await tickUntil(isAnswered, own, pollMs, context, signal)
  const { result = 'pending', message = 'There was no answer.' } = answerIn(report) ?? {}
  const at = new Date(intent.at).toISOString()
  return { ...lever, id, who: intent.who, application: application.name, at, result, message }
}

/** The only Application there is, or the one whose rollout it is. */
async function assemblyFor(
  { verb, endpoint }: Lever,
  { assemblies, pollMs }: Session,
  signal: AbortSignal,
): Promise<Assembly> {
  const [first] = assemblies
  if (first !== undefined && assemblies.length === 1) return first
  const found: Assembly[] = []
  for (const assembly of assemblies) {
    const { application, ports, reader, neighbours } = assembly
    const options = { application, reader, neighbours, tick: 1, dryRun: true, pollMs }
    const { report } = await tick(ports, options, {}, signal)
    const isIt = ({ rollout, ref }: Report['resources'][0]): boolean =>
      verb === 'adopt' ? isMeant(ref, endpoint) : isSame(rollout?.endpoint, endpoint)
    if (report.resources.some(isIt)) found.push(assembly)
  }
  const name = oneOf(
    found.map(({ application }) => application.name),
    endpoint,
  )
  return found.find(({ application }) => application.name === name) as Assembly
}
