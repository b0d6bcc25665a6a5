import type { Condition, ResourceStatus } from '../core/model/report.ts'
import { CommandError } from './errors.ts'
import type { Standing } from './render/status.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 16 * 1024 * 1024
/** Differences are shown for as many resources; of the others it is only said that they differ. */
const MAX_DETAILS = 50
const BASE = '/api/v1/applications'

/** The API's form of a time is text; everything else that is used here is as in a Report. */
type Dated = Omit<Condition, 'lastTransitionTime'> & { readonly lastTransitionTime: string }

interface SummaryAnswer {
  readonly name: string
  readonly attemptedRevision?: string
  readonly appliedRevision?: string
  readonly converged: boolean
  readonly conditions: readonly Dated[]
}

type ResourceAnswer = Pick<ResourceStatus, 'key' | 'ref' | 'sync' | 'health' | 'fight'> &
  Pick<Partial<ResourceStatus>, 'appliedRevision' | 'traffic' | 'differences'> & {
    readonly driftPolicy: ResourceStatus['drift']
    readonly differing: number
    readonly driftedSince?: string
    readonly conditions: readonly Dated[]
  }

interface ProblemAnswer {
  readonly severity: 'error' | 'warning'
  readonly reason: string
  readonly message: string
  readonly file: string
  readonly line: number
  readonly column: number
}

interface Items<Item> {
  readonly items: readonly Item[]
}

type Ask = <Answer>(path: string) => Promise<Answer>

/** How the Applications of a running controller stand, by its API; only the one of that name when it is given. */
export async function fetchStandings(
  address: string,
  only: string | undefined,
  signal: AbortSignal,
): Promise<readonly Standing[]> {
  const ask = askerOf(originOf(address), signal)
  const { items } = await ask<Items<SummaryAnswer>>(BASE)
  const wanted = items.filter(({ name }) => only === undefined || name === only)
  if (wanted.length === 0)
    throw new CommandError(
      only === undefined
        ? `The controller at ${address} has no Application.`
        : `The controller at ${address} has no Application '${only}'.`,
    )
  return Promise.all(wanted.map((summary) => standingOf(summary, ask)))
}

async function standingOf(summary: SummaryAnswer, ask: Ask): Promise<Standing> {
  const { name, attemptedRevision, appliedRevision, converged } = summary
  const path = `${BASE}/${encodeURIComponent(name)}`
  const [resources, problems] = await Promise.all([
    ask<Items<ResourceAnswer>>(`${path}/resources`),
    ask<Items<ProblemAnswer>>(`${path}/problems`),
  ])
  const detailed = resources.items.filter(({ differing }) => differing > 0).slice(0, MAX_DETAILS)
  const details = new Map<string, ResourceAnswer>()
  for (const { key } of detailed) {
    const url = `${path}/resources/${key.split('/').map(encodeURIComponent).join('/')}`
    details.set(key, await ask<ResourceAnswer>(url))
  }
  return {
    application: name,
    ...(attemptedRevision === undefined ? {} : { attemptedRevision }),
    ...(appliedRevision === undefined ? {} : { appliedRevision }),
    converged,
    conditions: summary.conditions.map(undated),
    problems: problems.items.map(({ severity, reason, message, ...at }) => {
      return { severity, reason, message, at }
    }),
    resources: resources.items.map((item) => statusOf(details.get(item.key) ?? item)),
  }
}

function statusOf(answer: ResourceAnswer): ResourceStatus {
  const { key, ref, sync, health, fight, driftPolicy, driftedSince } = answer
  const { appliedRevision, traffic } = answer
  return {
    ...{ key, ref, sync, health, fight, drift: driftPolicy },
    differences: answer.differences ?? [],
    conditions: answer.conditions.map(undated),
    ...(driftedSince === undefined ? {} : { driftedSince: Date.parse(driftedSince) }),
    ...(appliedRevision === undefined ? {} : { appliedRevision }),
    ...(traffic === undefined ? {} : { traffic }),
  }
}

function undated({ lastTransitionTime, ...condition }: Dated): Condition {
  return { ...condition, lastTransitionTime: Date.parse(lastTransitionTime) }
}

/** https, or http that does not leave this machine: what is shown here decides what people do. */
function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isLoopback = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url?.hostname ?? '')
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return url.origin
  throw new CommandError(
    `'${address}' is not the address of a controller: write https://host, or http:// on loopback.`,
  )
}

function askerOf(origin: string, signal: AbortSignal): Ask {
  return async <Answer>(path: string) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
    const response = await fetch(`${origin}${path}`, { signal: limit, redirect: 'error' }).catch(
      (error: Error) => {
        throw new CommandError(
          `No controller answers at ${origin} (${reasonOf(error)}): is 'verdigris run' running there?`,
        )
      },
    )
    if (!response.ok)
      throw new CommandError(`${origin}${path} answered ${response.status}: is it a controller?`)
    return parsed<Answer>(await textOf(response), origin)
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw new CommandError('The answer of the controller is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed<Answer>(text: string, origin: string): Answer {
  try {
    return JSON.parse(text) as Answer
  } catch {
    throw new CommandError(`What answers at ${origin} is not a controller.`)
  }
}

function reasonOf(error: Error): string {
  const { code } = (error.cause ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : error.message
}
