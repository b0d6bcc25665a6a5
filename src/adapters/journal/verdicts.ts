import { join } from 'node:path'
import type { Report } from '../../core/model/report.ts'
import { isObject } from '../../core/model/values/json.ts'
import { type Samples, samplesIn } from '../../core/report/samples.ts'
import { openLines } from './lines.ts'
import { newestLines } from './newest-lines.ts'

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

interface Asked {
  readonly application: string
  readonly endpoint: string
}

/** Who asks meanwhile waits: however many ask at once, one file is read. */
let before: Promise<unknown> = Promise.resolve()

/** What ended the last rollout of an endpoint, whatever process led it; undefined where the files of `folder` do not say. */
export function lastVerdict(folder: string, asked: Asked): Promise<Samples | undefined> {
  const answer = before.then(() => newestOf(folder, asked))
  before = answer.catch(() => {})
  return answer
}

async function newestOf(
  folder: string,
  { application, endpoint }: Asked,
): Promise<Samples | undefined> {
  // To parse is dear, and most lines are of others.
  const start = Buffer.from(`{"application":${JSON.stringify(application)},`)
  const part = Buffer.from(`"endpoint":${JSON.stringify(endpoint)}`)
  for (const name of FILES_READ) {
    for await (const line of newestLines(join(folder, name))) {
      if (!line.subarray(0, start.length).equals(start) || !line.includes(part)) continue
      const found = verdictIn(line.toString('utf8'))
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
