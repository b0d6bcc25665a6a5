import { cleanText } from '../../../core/model/redact/redact.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import {
  CloudError,
  type KeptTrials,
  type TrialAnswer,
  type TrialAsk,
  type TrialCancellation,
  type Trials,
} from '../../../reconcile/ports.ts'
import { type AzureOptions, openConnection } from '../connection.ts'
import { cancelJob } from './cancel.ts'
import { serviceSender, tokenSender } from './http.ts'
import { isOver, type Job, jobOf, REFUSED, startJob, startOf } from './jobs.ts'
import { type Known, openKnown, type Run } from './known.ts'
import { type OutputServices, rowsOf } from './output.ts'

export interface TrialsOptions extends AzureOptions {
  /** Where the names of its jobs are left to the next process; absent = nowhere. */
  readonly kept?: KeptTrials
  /** Says whether two outputs are the same: the default deployment's rows first. */
  readonly compare: (
    stable: string,
    candidate: string,
    trial: TrialAsk['trial'],
    signal: AbortSignal,
  ) => TrialAnswer | Promise<TrialAnswer>
}

/**
 * What a look saw, and what becomes of the trial: it goes on, is forgotten, is over, or is made anew later; `broken`: later,
 * for the default deployment failed; `gone`: forgotten, and the other job may still run.
 */
interface Seen {
  readonly answer: TrialAnswer
  readonly then: 'goesOn' | 'forget' | 'gone' | 'over' | 'later' | 'broken'
}

/** So often a cancellation is tried that Azure does not take just now. */
const CANCELS_MAX = 5
/** After a trial that said nothing: each costs the workspace's compute. */
const ANEW_AFTER_MS = 600_000

/**
 * Trials of one workspace's batch endpoints, by the same way to Azure as `openAzure`. What it knows of jobs is in memory:
 * a new process makes a new trial, and knows of the jobs of before only that they may have to be cancelled. That outputs
 * differ is said once, so that `rollout retry` leads to another trial.
 */
export function openTrials(options: TrialsOptions): Trials {
  const services = servicesOf(options)
  const now = monotonic(options.clock)
  const known = openKnown(options.kept, now)

  async function answerTo(ask: TrialAsk, signal: AbortSignal): Promise<TrialAnswer> {
    const trial = known.at(ask)
    if (trial.over !== undefined) return trial.over.answer
    const { answer, then } = await lookAt(services, ask, trial, options.compare, signal)
    const isBroken = then === 'broken'
    if (then === 'forget' || then === 'gone') known.forget(ask, then === 'gone')
    if (then === 'over') trial.over = { answer, untilMs: Number.POSITIVE_INFINITY, isBroken }
    if (then === 'later' || isBroken)
      trial.over = { answer, untilMs: now() + ANEW_AFTER_MS, isBroken }
    return answer
  }

  async function cancelled(
    ask: TrialAsk,
    signal: AbortSignal,
  ): Promise<readonly TrialCancellation[]> {
    const { endpoint } = ask
    const { jobs, tries } = known.take(ask)
    const ends = await Promise.all(
      jobs.map(async (job) => ({ job, end: await cancelJob(services, endpoint, job, signal) })),
    )
    const isLast = tries + 1 >= CANCELS_MAX
    const later = isLast ? [] : ends.filter(({ end }) => end.is === 'later')
    known.giveBack({ ask, jobs: later.map(({ job }) => job), tries: tries + 1 })
    return ends.flatMap(({ job: { deployment, name: job }, end: { is, message } }) => {
      if (is === 'over' || (is === 'later' && !isLast)) return []
      const result = is === 'later' ? 'refused' : is
      return [{ endpoint, deployment, job, result, message: cleanText(message) }]
    })
  }

  return {
    async look(asks, signal) {
      const answers = asks.map(
        async (ask) => [ask.key, await answerTo(ask, signal).catch(problemOf)] as const,
      )
      const all = new Map(await Promise.all(answers))
      known.keep()
      return all
    },
    running: known.running,
    async cancel(asks, signal) {
      const all = await Promise.all(asks.map((ask) => cancelled(ask, signal)))
      known.keep()
      return all.flat()
    },
  }
}

function servicesOf(options: AzureOptions): OutputServices {
  const connection = openConnection(options)
  return {
    ...connection,
    now: connection.clock.now,
    send: tokenSender(connection),
    sendPlain: serviceSender(connection),
    storage: connection,
  }
}

async function lookAt(
  services: OutputServices,
  ask: TrialAsk,
  trial: Known,
  compare: TrialsOptions['compare'],
  signal: AbortSignal,
): Promise<Seen> {
  const [stable, candidate] = await jobsOf(services, ask, trial, signal)
  const [theirs, ours] = await Promise.all([
    stable === undefined ? REFUSED : statusOf(services, stable, signal),
    statusOf(services, candidate, signal),
  ])
  const { slot } = ask.stable
  const there = stable === undefined ? `A job of ${slot}` : `The job ${stable.name} of ${slot}`
  const here = `the job ${candidate.name} of ${ask.candidate.slot}`
  if (theirs === undefined || ours === undefined)
    return told('problem', `${there} or ${here} is gone; the trial begins anew.`, 'gone')
  if (!isOver(theirs) || !isOver(ours))
    return told('running', `${there} is ${theirs}, ${here} is ${ours}.`, 'goesOn')
  const why = trial.stable.refusal === undefined ? '' : ` (${trial.stable.refusal})`
  const ended = `${there} ended as ${theirs}${why}, ${here} as ${ours}`
  if (theirs !== 'Completed' || ours !== 'Completed') return incomplete(trial, theirs, ours, ended)
  const [a, b] = [stable, candidate].filter(hasRows)
  if (a === undefined || b === undefined)
    return told(
      'same',
      `${ended}: summary_only writes no rows, so nothing else is compared.`,
      'over',
    )
  const [before, after] = await Promise.all([
    rowsOf(services, a, signal),
    rowsOf(services, b, signal),
  ])
  const { is, message } = await compare(before, after, ask.trial, signal)
  return told(is, message, AFTER_COMPARING[is])
}

function hasRows(job: Job | undefined): job is Required<Job> {
  return job?.file !== undefined
}

/**
 * A default deployment that is broken is not in the way of what is to replace it: when it fails once more, and the new
 * one does not, that is what counts. Once may be the cluster's fault.
 */
function incomplete({ isSecond }: Known, theirs: string, ours: string, ended: string): Seen {
  if (theirs === 'Completed' && ours === 'Failed') return told('different', `${ended}.`, 'forget')
  const isBroken = (theirs === 'Failed' || theirs === REFUSED) && ours === 'Completed'
  if (!isBroken) return told('problem', `${ended}: there is nothing to compare.`, 'later')
  if (isSecond)
    return told('same', `${ended}, for the second time: there is nothing to compare with.`, 'over')
  return told(
    'problem',
    `${ended}: there is nothing to compare with; it is tried once more.`,
    'broken',
  )
}

const AFTER_COMPARING: { readonly [Is in TrialAnswer['is']]: Seen['then'] } = {
  same: 'over',
  different: 'forget',
  running: 'goesOn',
  problem: 'later',
}

async function statusOf(
  services: OutputServices,
  { name }: Job,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await jobOf(services, name, signal))?.status
}

/** Starts what is not started. Each keeps its own success: a job that was taken is not started twice. */
async function jobsOf(
  services: OutputServices,
  { endpoint, trial: { input } }: TrialAsk,
  { stable, candidate }: Known,
  signal: AbortSignal,
): Promise<readonly [stable: Job | undefined, candidate: Job]> {
  const isSettled = stable.job !== undefined || stable.refusal !== undefined
  if (isSettled && candidate.job !== undefined) return [stable.job, candidate.job]
  const start = await startOf(services, endpoint, input, signal)
  const started = async (run: Run): Promise<Job> => {
    run.job ??= await startJob(services, start, run, signal)
    return run.job
  }
  // The new one first: what keeps it from running keeps the default one's from being run for nothing.
  const ours = await started(candidate)
  try {
    return [await started(stable), ours]
  } catch (error) {
    // The same was taken for the new one: it is the default one that cannot run it.
    if (!(error instanceof CloudError) || error.retry === 'Later') throw error
    stable.refusal = error.message
    return [undefined, ours]
  }
}

function told(is: TrialAnswer['is'], message: string, then: Seen['then']): Seen {
  return { answer: { is, message: cleanText(message) }, then }
}

/** A trial that cannot be looked at now says nothing about the deployment. */
function problemOf(error: unknown): TrialAnswer {
  const message =
    error instanceof CloudError ? cleanText(error.message) : 'The trial could not be looked at.'
  return { is: 'problem', message }
}
