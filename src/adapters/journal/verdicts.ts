import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject } from '../../core/model/json.ts'
import type { Report } from '../../core/model/report.ts'
import { type Samples, samplesIn } from '../../core/report/samples.ts'
import { openLines } from './lines.ts'

const NAME = 'verdicts'

export interface Verdicts {
  /** Adds what ended the rollouts that are over in this report, and were not in the one before. */
  record(report: Report, previous: Report | undefined): void
}

/**
 * What the checks of each rollout said in the end, and by which queries and samples: a line of JSON each, in
 * `verdicts.jsonl` of `folder`. It outlives the process, which forgets. Never throws: `onError` hears why not.
 */
export function openVerdicts(options: {
  readonly folder: string
  readonly onError: (error: unknown) => void
}): Verdicts {
  const lines = openLines(options)
  return {
    record({ application, resources }, previous) {
      for (const { key, rollout } of resources) {
        if (rollout?.judged === undefined) continue
        const { judged, endpoint, phase, reason } = rollout
        const before = previous?.resources.find((one) => one.key === key)?.rollout
        if (before === undefined || before.judged !== undefined) continue
        lines.add(NAME, { application, phase, reason, ...samplesIn(endpoint, judged) })
      }
    },
  }
}

/** The newest file, and the one before it: what lies further back is there to be read by people. */
const FILES_READ = [`${NAME}.jsonl`, `${NAME}.1.jsonl`]

/** What ended the last rollout of an endpoint, whatever process led it; undefined where the files of `folder` do not say. */
export async function lastVerdict(
  folder: string,
  { application, endpoint }: { readonly application: string; readonly endpoint: string },
): Promise<Samples | undefined> {
  for (const name of FILES_READ) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    const lines = text.split('\n').reverse()
    for (const line of lines) {
      // To parse is dear, and most lines are of others.
      if (!line.includes(JSON.stringify(endpoint))) continue
      const found = verdictIn(line)
      if (found?.application === application && found.endpoint === endpoint) return found.samples
    }
  }
  return undefined
}

/** A line that was not written to its end, or is none of ours, says nothing. */
function verdictIn(line: string) {
  try {
    const said: unknown = JSON.parse(line)
    if (!isObject(said) || !Array.isArray(said.items)) return undefined
    const { application, phase: _, reason: __, ...samples } = said
    return { application, endpoint: said.endpoint, samples: samples as unknown as Samples }
  } catch {
    return undefined
  }
}
