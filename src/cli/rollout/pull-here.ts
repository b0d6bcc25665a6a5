import { randomUUID } from 'node:crypto'
import type { Assembly } from '../../compose.ts'
import { isNamedBy } from '../../core/model/ref.ts'
import type { Report } from '../../core/model/report.ts'
import type { Intent, IntentAnswer } from '../../core/model/rollout.ts'
import { isAwaited } from '../../core/plan/prune/approval.ts'
import type { Ports } from '../../reconcile/ports.ts'
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
  const at = new Date(intent.at).toISOString()
  const answer = { ...lever, id, who: intent.who, application: application.name, at }
  const refusal = await refusalOf(intent, assembly, pollMs, signal)
  if (refusal !== undefined) return { ...answer, result: 'refused', message: refusal }
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
  return { ...answer, result, message }
}

/**
 * Why a lever is refused whose endpoint is not there, as a look says that starts nothing: the ticks that pull it bring the
 * whole workspace to what Git says, which nobody means who has misspelt a name. Undefined: it may be there. An abort is sent
 * without a look before it.
 */
async function refusalOf(
  intent: Intent,
  assembly: Assembly,
  pollMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (intent.verb === 'abort') return undefined
  const inbox = { take: () => [intent], answer: () => {} }
  const report = await look({ ...assembly, ports: { ...assembly.ports, inbox } }, pollMs, signal)
  const isThere = report.resources.some(
    (one) => one.health !== 'missing' && isAbout(one, intent.verb, intent.endpoint),
  )
  if (isThere) return undefined
  return report.answers.find(({ result }) => result === 'refused')?.message
}

type Looking = Pick<Assembly, 'application' | 'reader' | 'neighbours'> & { readonly ports: Ports }

/** One tick that starts nothing. */
async function look(
  { application, ports, reader, neighbours }: Looking,
  pollMs: number,
  signal: AbortSignal,
): Promise<Report> {
  const options = { application, reader, neighbours, tick: 1, dryRun: true, pollMs }
  const { report } = await tick(ports, options, {}, signal)
  return report
}

function isAbout(
  { rollout, ref }: Report['resources'][0],
  verb: Lever['verb'],
  endpoint: string,
): boolean {
  return verb === 'adopt' ? isNamedBy(ref, endpoint) : isSame(rollout?.endpoint, endpoint)
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
    const { resources, plan } = await look(assembly, pollMs, signal)
    const isMeantHere =
      verb === 'approve'
        ? isAwaited(plan.held, endpoint)
        : resources.some((one) => isAbout(one, verb, endpoint))
    if (isMeantHere) found.push(assembly)
  }
  const name = oneOf(
    found.map(({ application }) => application.name),
    endpoint,
  )
  return found.find(({ application }) => application.name === name) as Assembly
}
