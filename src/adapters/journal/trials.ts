import { isObject, type Json } from '../../core/model/values/json.ts'
import type { KeptTrial, KeptTrials, StartedJob, TrialAsk } from '../../reconcile/ports.ts'
import { type KeptFileOptions, openKeptFile } from './kept-file.ts'

const ROWS_MAX = 200
const JOBS_MAX = 10

/** Jobs of trials that may be running. What is not exactly what this version would have written counts as nothing. */
export function openKeptTrials(options: KeptFileOptions): KeptTrials {
  const file = openKeptFile(options)
  let isEmpty = true
  return {
    recall() {
      const rows = file.read()?.trials
      const kept = Array.isArray(rows) ? rows.slice(0, ROWS_MAX).flatMap(trialIn) : []
      isEmpty = kept.length === 0
      return kept
    },
    keep(trials) {
      if (isEmpty && trials.length === 0) return
      isEmpty = trials.length === 0
      file.write({ trials: trials.slice(-ROWS_MAX).map(rowOf) })
    },
  }
}

function rowOf({ ask, jobs }: KeptTrial) {
  const { key, endpoint, candidate, stable, trial } = ask
  return {
    ...{ key, endpoint, candidate: { ...candidate }, stable: { ...stable }, trial: { ...trial } },
    jobs: jobs.map(({ deployment, name }) => ({ deployment, name })),
  }
}

function trialIn(row: Json): readonly KeptTrial[] {
  if (!isObject(row)) return []
  const { key, endpoint, jobs } = row
  const [candidate, stable, trial] = [slotIn(row.candidate), slotIn(row.stable), rulesIn(row.trial)]
  if (candidate === undefined || stable === undefined || trial === undefined) return []
  if (!isName(endpoint) || !isKey(key) || !Array.isArray(jobs)) return []
  const started = jobs.slice(0, JOBS_MAX).flatMap(jobIn)
  return started.length === 0
    ? []
    : [{ ask: { key, endpoint, candidate, stable, trial }, jobs: started }]
}

function slotIn(value: Json | undefined): TrialAsk['candidate'] | undefined {
  if (!isObject(value)) return undefined
  const { slot, rev } = value
  return isName(slot) && typeof rev === 'string' && /^[0-9a-f]{8}$/.test(rev)
    ? { slot, rev }
    : undefined
}

function rulesIn(value: Json | undefined): TrialAsk['trial'] | undefined {
  if (!isObject(value)) return undefined
  const { input, tolerance, mismatches } = value
  if (typeof input !== 'string' || typeof tolerance !== 'number') return undefined
  return typeof mismatches === 'number' ? { input, tolerance, mismatches } : undefined
}

function jobIn(value: Json): readonly StartedJob[] {
  if (!isObject(value)) return []
  const { deployment, name } = value
  return isName(deployment) && isJob(name) ? [{ deployment, name }] : []
}

function isName(value: Json | undefined): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(value)
}

function isKey(value: Json | undefined): value is string {
  return typeof value === 'string' && /^BatchDeployment\/[A-Za-z0-9/-]{1,200}$/.test(value)
}

/** It stands in an address. */
function isJob(value: Json | undefined): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._()-]{0,254}$/.test(value)
}
