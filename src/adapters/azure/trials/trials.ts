import { randomUUID } from 'node:crypto'
import { cleanText } from '../../../core/model/redact.ts'
import { monotonic } from '../../../lib/monotonic.ts'
import {
  CloudError,
  type TrialAnswer,
  type TrialAsk,
  type Trials,
} from '../../../reconcile/ports.ts'
import { type AzureOptions, openConnection } from '../connection.ts'
import { serviceSender, tokenSender } from './http.ts'
import { type Job, startJob, startOf, statusOf } from './jobs.ts'
import { type OutputServices, rowsOf } from './output.ts'

export interface TrialsOptions extends AzureOptions {
  /** Says whether two outputs are the same: the default deployment's rows first. */
  readonly compare: (
    stable: string,
    candidate: string,
    trial: TrialAsk['trial'],
    signal: AbortSignal,
  ) => TrialAnswer | Promise<TrialAnswer>
}

/** One deployment's part of a trial. */
interface Run {
  readonly deployment: string
  /** A start whose answer was lost is repeated under it, and gives the same job. */
  readonly requestId: string
  job?: Job
  /** Why Azure takes no job for it. */
  refusal?: string
}

interface Known {
  readonly stable: Run
  readonly candidate: Run
  /** Whether the trial before this one ended because the default deployment failed. */
  readonly isSecond: boolean
  /** It is over, and made anew from then on. */
  over?: { readonly answer: TrialAnswer; readonly untilMs: number; readonly isBroken: boolean }
}

/**
 * What a look saw, and what becomes of the trial: it goes on, is forgotten, is over, or is made anew later; `broken`: later,
 * for the default deployment failed.
 */
interface Seen {
  readonly answer: TrialAnswer
  readonly then: 'goesOn' | 'forget' | 'over' | 'later' | 'broken'
}

const KNOWN_MAX = 64
/** After a trial that said nothing: each costs the workspace's compute. */
const ANEW_AFTER_MS = 600_000

/**
 * Trials of one workspace's batch endpoints, by the same way to Azure as `openAzure`. What it knows of jobs is in memory:
 * a new process makes a new trial. That outputs differ is said once, so that `rollout retry` leads to another trial.
 */
export function openTrials(options: TrialsOptions): Trials {
  const services = servicesOf(options)
  const now = monotonic(options.clock)
  const known = new Map<string, Known>()

  function knownAs(id: string, ask: TrialAsk): Known {
    const trial = known.get(id)
    if (trial !== undefined && (trial.over === undefined || now() < trial.over.untilMs))
      return trial
    const oldest = known.keys().next().value
    if (known.size >= KNOWN_MAX && oldest !== undefined) known.delete(oldest)
    const made = {
      stable: runOf(ask.stable.slot),
      candidate: runOf(ask.candidate.slot),
      isSecond: trial?.over?.isBroken === true,
    }
    known.set(id, made)
    return made
  }

  async function answerTo(ask: TrialAsk, signal: AbortSignal): Promise<TrialAnswer> {
    const id = JSON.stringify([ask.key, ask.candidate, ask.stable, ask.trial])
    const trial = knownAs(id, ask)
    if (trial.over !== undefined) return trial.over.answer
    const { answer, then } = await lookAt(services, ask, trial, options.compare, signal)
    const isBroken = then === 'broken'
    if (then === 'forget') known.delete(id)
    if (then === 'over') trial.over = { answer, untilMs: Number.POSITIVE_INFINITY, isBroken }
    if (then === 'later' || isBroken)
      trial.over = { answer, untilMs: now() + ANEW_AFTER_MS, isBroken }
    return answer
  }

  return {
    async look(asks, signal) {
      const answers = asks.map(
        async (ask) => [ask.key, await answerTo(ask, signal).catch(problemOf)] as const,
      )
      return new Map(await Promise.all(answers))
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

function runOf(deployment: string): Run {
  return { deployment, requestId: randomUUID() }
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
    return told('problem', `${there} or ${here} is gone; the trial begins anew.`, 'forget')
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

/** Of the default deployment, of which Azure takes no job. */
const REFUSED = 'Refused'
const OVER = ['Completed', 'Failed', 'Canceled', 'NotResponding', REFUSED]

function isOver(status: string): boolean {
  return OVER.includes(status)
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
