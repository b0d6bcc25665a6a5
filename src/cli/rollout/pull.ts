import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import type { Assembly } from '../../compose.ts'
import type { Ref } from '../../core/model/ref.ts'
import type { Report } from '../../core/model/report.ts'
import type { Intent, IntentAnswer, IntentVerb } from '../../core/model/rollout.ts'
import { isMeant } from '../../core/plan/adoption.ts'
import { cleanText } from '../../lib/redact.ts'
import { tick } from '../../reconcile/tick.ts'
import type { CommandContext } from '../context.ts'
import { APPLICATIONS, type Ask, type Items, openController, wantedOf } from '../controller.ts'
import { CommandError } from '../errors.ts'
import { openSession, type Session } from '../session.ts'
import type { TargetFlags } from '../targets.ts'
import { tickUntil } from '../tick-until.ts'
import { fetchRollouts } from './lookout.ts'

const SAID_MAX = 200

/** What an operator says. */
export interface Lever {
  readonly verb: IntentVerb | 'adopt'
  /** The endpoint; of `adopt`, what is taken over. */
  readonly endpoint: string
  /** Of `adopt`: also from another Application of the same controller. */
  readonly isForced?: true
  /** The revision that is meant; absent: the one that is there. */
  readonly revision?: string
  readonly who: string
  readonly why: string
}

/** What became of it: the API's own words, also where no API was asked. */
export interface LeverAnswer extends Lever {
  readonly id: string
  readonly application: string
  /** RFC 3339. */
  readonly at: string
  readonly result: IntentAnswer['result']
  readonly message: string
}

/** The name of whoever runs this; a container may have a number only. */
export function operator(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}

/** Through a running controller. Pending: it is carried out there as soon as it can be. */
export async function pullByApi(
  lever: Lever,
  { url, application }: { readonly url: string; readonly application: string | undefined },
  { config, signal }: CommandContext,
): Promise<LeverAnswer> {
  const said = checked(lever)
  const { verb, endpoint, who, why, isForced, revision } = said
  const name = application ?? (await applicationOf(url, said, signal))
  const isAdopt = verb === 'adopt'
  const parts = isAdopt ? [name, 'adopt'] : [name, 'rollouts', endpoint, verb]
  const path = parts.map(encodeURIComponent).join('/')
  const meant = revision === undefined ? {} : { revision }
  const more = isAdopt ? { what: endpoint, force: isForced === true } : meant
  const { tell } = openController(url, signal)
  return tell<LeverAnswer>(`${APPLICATIONS}/${path}`, { who, why, ...more }, config.apiToken?.())
}

/** The only Application there is (Git may be out of reach, so that no rollout is seen), or the one whose rollout it is. */
async function applicationOf(
  url: string,
  { verb, endpoint }: Lever,
  signal: AbortSignal,
): Promise<string> {
  const { ask } = openController(url, signal)
  const { items } = await ask<Items<{ name: string }>>(APPLICATIONS)
  const [first] = wantedOf(items, undefined, url)
  if (first !== undefined && items.length === 1) return first.name
  if (verb === 'adopt') return oneOf(await declaringOf(items, endpoint, ask), endpoint)
  const seen = await fetchRollouts(url, undefined, signal)
  const meant = seen.filter(({ rollout }) => isSame(rollout.endpoint, endpoint))
  return oneOf(
    meant.map(({ application }) => application),
    endpoint,
  )
}

/** The Applications that declare what is to be taken over. */
async function declaringOf(
  applications: readonly { readonly name: string }[],
  target: string,
  ask: Ask,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const { name } of applications) {
    const path = `${APPLICATIONS}/${encodeURIComponent(name)}/resources`
    const { items } = await ask<Items<{ ref: Ref }>>(path)
    if (items.some(({ ref }) => isMeant(ref, target))) found.push(name)
  }
  return found
}

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
  const said = checked(lever)
  const session = await openSession(source, flags, context.config)
  try {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(flags.timeout * 1000)])
    const assembly = await assemblyFor(said, session, signal)
    return await pullIn(assembly, said, session.pollMs, context, signal)
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

function oneOf(names: readonly string[], endpoint: string): string {
  const [name, ...others] = names
  if (name !== undefined && others.length === 0) return name
  throw new CommandError(
    name === undefined
      ? `No Application is seen that is meant by '${endpoint}': name it with --application.`
      : `Several Applications have '${endpoint}': choose with --application (${names.join(', ')}).`,
  )
}

function checked(lever: Lever): Lever {
  const who = said('--who', lever.who)
  if (who === '') throw new CommandError('--who is empty: say who says so.')
  if (lever.revision !== undefined && !/^[0-9a-f]{8}$/.test(lever.revision))
    throw new CommandError('--of is 8 hex digits, as `verdigris rollout status` shows them.')
  return { ...lever, who, why: said('--why', lever.why) }
}

function said(flag: string, text: string): string {
  const clean = cleanText(text).trim()
  if (clean.length <= SAID_MAX) return clean
  throw new CommandError(`${flag} is longer than ${SAID_MAX} characters.`)
}

function isSame(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase()
}
