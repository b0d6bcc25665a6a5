import type { Answers, PlanInput } from '../core/plan/context.ts'
import { isNothing, openQueries, type Queries } from '../core/plan/queries.ts'
import type { Ports, TrialAnswer } from './ports.ts'

/** An answer may lead to one more question (a check passes, golden requests come next); roads are short. */
const MAX_ROUNDS = 3

/** Behind those, only golden requests that failed are sent again: so often at most (`MOST_ATTEMPTS`). */
const MOST_AGAIN = 12

type Asked = Pick<Ports, 'analysis' | 'prober' | 'trials' | 'region'>

/**
 * The input with the answers of the world to what the plan needs to know, asked round by round; what is not answered stays
 * open, which holds. A dry run asks for no trial: looking at one starts its jobs.
 */
export async function withAnswers(
  ports: Asked,
  input: PlanInput,
  signal: AbortSignal,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<PlanInput> {
  let asked = input
  for (let round = 0; round < MAX_ROUNDS + MOST_AGAIN; round += 1) {
    const open = openQueries(asked)
    const { probes } = open
    const asks =
      round < MAX_ROUNDS ? { ...open, ...(dryRun ? NO_TRIALS : {}) } : { ...NOTHING, probes }
    if (isNothing(asks)) return asked
    const answers = merged(asked.answers, await ask(ports, asks, input, signal))
    asked = { ...input, answers }
  }
  return asked
}

const NO_TRIALS = { trials: [] }
const NOTHING: Queries = { measurements: [], probes: [], trials: [], cores: false }

async function ask(
  { analysis, prober, trials, region }: Asked,
  asks: Queries,
  { world }: PlanInput,
  signal: AbortSignal,
): Promise<Answers> {
  const [measurements, probes, tried, cores] = await Promise.all([
    asks.measurements.length === 0 ? [] : analysis.measure(asks.measurements, signal),
    Promise.all(
      asks.probes.map(async ({ key, probe }) => [key, await prober.ask(probe, signal)] as const),
    ),
    asks.trials.length === 0 ? NONE_TRIED : trials.look(asks.trials, signal),
    asks.cores ? region.cores(world.workspace.location, signal) : undefined,
  ])
  return {
    measurements: new Map(measurements.map((one) => [one.id, one])),
    probes: new Map(probes),
    trials: tried,
    cores: cores ?? UNTOLD,
  }
}

const NONE_TRIED: ReadonlyMap<string, TrialAnswer> = new Map()

/** Asked, and not told: nothing is said about quota then. */
const UNTOLD = { sizes: [], quotas: [] }

function merged(before: Answers, after: Answers): Answers {
  const cores = before.cores ?? after.cores
  return {
    measurements: new Map([...before.measurements, ...after.measurements]),
    probes: appended(before.probes, after.probes),
    trials: new Map([...before.trials, ...after.trials]),
    ...(cores === undefined ? {} : { cores }),
  }
}

/** Answers to the same golden request stay in their order: those that failed were asked again. */
function appended(before: Answers['probes'], after: Answers['probes']): Answers['probes'] {
  const all = new Map(before)
  for (const [key, answers] of after) all.set(key, [...(all.get(key) ?? []), ...answers])
  return all
}
