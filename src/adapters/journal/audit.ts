import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../core/model/report.ts'
import type { IntentAnswer } from '../../core/model/rollout.ts'
import { answeredNow } from '../../core/report/rollout-events.ts'

/** Bytes of one file, and how many full ones are kept beside it: `accepted.jsonl`, `accepted.1.jsonl` … */
const FILE_BYTES_MAX = 8 * 1024 * 1024
const FULL_KEPT = 4

export interface Audit {
  /** Adds what of a report answers levers, and the one before it did not. */
  record(report: Report, previous: Report | undefined): void
}

/**
 * Who pulled which lever, when, why and with what result: a line of JSON each, in files of `folder` that only their user may read.
 * What was accepted and what was refused have files of their own, so that no flood of refusals pushes out what was done.
 * Never throws: `onError` hears why a line could not be written.
 */
export function openAudit({
  folder,
  onError,
}: {
  readonly folder: string
  readonly onError: (error: unknown) => void
}): Audit {
  function add(application: string, answer: IntentAnswer): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const name = answer.result === 'refused' ? 'refused' : 'accepted'
    const file = join(folder, `${name}.jsonl`)
    if (sizeOf(file) >= FILE_BYTES_MAX) shift(folder, name)
    appendFileSync(file, `${JSON.stringify(lineOf(application, answer))}\n`, { mode: 0o600 })
  }
  return {
    record(report, previous) {
      for (const answer of answeredNow(report, previous)) {
        if (answer.result === 'pending') continue
        try {
          add(report.application, answer)
        } catch (error) {
          onError(error)
        }
      }
    },
  }
}

function lineOf(application: string, { intent, result, message }: IntentAnswer) {
  const { id, at, who, why, verb, endpoint, about } = intent
  const said = { at: new Date(at).toISOString(), application, verb, endpoint, who, why }
  return {
    ...said,
    ...(about === undefined ? {} : { revision: about.revision }),
    result,
    message,
    id,
  }
}

/** The oldest one goes, each other one moves on by one. */
function shift(folder: string, name: string): void {
  const full = (age: number): string =>
    join(folder, age === 0 ? `${name}.jsonl` : `${name}.${age}.jsonl`)
  for (let age = FULL_KEPT - 1; age >= 0; age -= 1)
    if (sizeOf(full(age)) > 0) renameSync(full(age), full(age + 1))
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
