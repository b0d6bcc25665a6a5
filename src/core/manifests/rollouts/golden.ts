import { z } from 'zod'
import { fieldsOf } from '../../kinds/decode.ts'
import { decimal, wholeNumber } from '../../kinds/fields/fields.ts'
import { shown } from '../../kinds/fields/shown.ts'
import type { FieldIssue } from '../../kinds/kind.ts'
import type { Expectation, GoldenRequest } from '../../model/rollout.ts'
import type { SnapshotFile } from '../../model/snapshot.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { schemaComplaint } from '../../rollout/golden/json-schema.ts'
import { type Files, refusalText, resolve, type UsedContent } from '../documents/content.ts'
import { dataIn, problemText } from '../documents/data.ts'
import { LIMITS } from '../limits.ts'

const MAX_FILES = 100
const MAX_LENGTH = 256 * 1024
/** Levels of nesting: what is compared, sent and hashed must not need more stack than there is. */
const MAX_DEPTH = 64
/** Azure's own limit for a managed deployment unless it says otherwise (FACTS 4). */
const DEFAULT_LATENCY_MS = 5000

const goldenSchema = z.strictObject({
  request: z.unknown().describe('The body that is sent.'),
  expect: z
    .strictObject({
      status: wholeNumber(100, 599).optional(),
      equal: z.unknown().optional(),
      subset: z.unknown().optional(),
      schema: z.record(z.string(), z.unknown()).optional(),
      tolerance: decimal(0, 1_000_000).optional(),
    })
    .optional()
    .describe('What the answer must be: `equal`, `subset` or `schema`; `status` 200 by default.'),
  maxLatencyMs: wholeNumber(1, 180_000).optional().describe('Latency ceiling. Default 5000.'),
})

/** The golden requests that a pattern names, relative to a manifest; one `*` in the last part may stand for any text. */
export function goldenRequests(
  manifest: string,
  pattern: string,
  files: Files,
  used: UsedContent,
): readonly GoldenRequest[] | readonly FieldIssue[] {
  const found = filesFor(manifest, pattern, files)
  if ('message' in found) return [{ ...found, path: [] }]
  if (found.length === 0)
    return [issue('FileNotFound', `there is no ${shown(pattern)} (files must be .json)`)]
  if (found.length > MAX_FILES)
    return [issue('LimitExceeded', `${shown(pattern)} names more than ${MAX_FILES} files`)]
  for (const { path } of found) used.files.add(path)
  const read = found.map(readGolden)
  const issues = read.flatMap((one) => ('reason' in one ? [one] : []))
  return issues.length > 0 ? issues : (read as readonly GoldenRequest[])
}

function filesFor(
  manifest: string,
  pattern: string,
  files: Files,
): readonly SnapshotFile[] | { readonly reason: string; readonly message: string } {
  const resolved = resolve(manifest, pattern)
  if ('reason' in resolved) return resolved
  const parts = resolved.path.split('/')
  const [last = '', folder] = [parts.at(-1), parts.slice(0, -1).join('/')]
  const [start = '', end] = last.split('*')
  if (folder.includes('*') || last.split('*').length > 2)
    return issue('InvalidPath', 'only one "*" may be used, in the last part of the path')
  if (end === undefined) {
    const one = files.get(resolved.path)
    return one === undefined ? [] : [one]
  }
  const depth = folder === '' ? 1 : folder.split('/').length + 1
  return files.below(folder).filter(({ path }) => {
    const name = path.split('/').at(-1) ?? ''
    const fits = name.startsWith(start) && name.endsWith(end)
    return fits && name.length >= last.length - 1 && path.split('/').length === depth
  })
}

function readGolden(file: SnapshotFile): GoldenRequest | FieldIssue {
  const { path } = file
  const value = valueIn(file)
  if ('reason' in value) return value
  const read = fieldsOf(goldenSchema, value.json)
  if ('issues' in read) {
    const [first] = read.issues
    const where = first?.path.join('.') ?? ''
    return issue('InvalidGolden', `${shown(path)} at "${where}": ${first?.message ?? ''}`)
  }
  const { expect = {}, maxLatencyMs = DEFAULT_LATENCY_MS } = read.value
  const expectation = expectationOf(value.json.expect, expect.tolerance ?? 0)
  if (typeof expectation === 'string')
    return issue('InvalidGolden', `${shown(path)} ${expectation}`)
  return {
    name: path,
    request: value.json.request ?? null,
    status: expect.status ?? 200,
    expect: expectation,
    maxLatencyMs,
  }
}

/** What a file holds, if that can be used at all. */
function valueIn(file: SnapshotFile): { readonly json: JsonObject } | ReturnType<typeof issue> {
  const { path, text, refused } = file
  if (refused !== undefined) return issue('FileRefused', refusalText(path, refused))
  if (text === undefined) return issue('InvalidPath', `${shown(path)} must be a .json file`)
  if (text.length > MAX_LENGTH)
    return issue('LimitExceeded', `${shown(path)} is longer than ${MAX_LENGTH} characters`)
  const read = dataIn(file, LIMITS)
  if ('problem' in read) return issue('InvalidGolden', problemText(read.problem))
  const json = read.data
  if (!isObject(json)) return issue('InvalidGolden', `${shown(path)} is no JSON object`)
  if (depthOf(json) > MAX_DEPTH)
    return issue('LimitExceeded', `${shown(path)} is nested deeper than ${MAX_DEPTH} levels`)
  return { json }
}

function expectationOf(expect: Json | undefined, tolerance: number): Expectation | string {
  const said = isObject(expect) ? expect : {}
  const ways = (['equal', 'subset', 'schema'] as const).filter((way) => Object.hasOwn(said, way))
  if (ways.length > 1) return `expects ${ways.join(' and ')}: choose one`
  const [way] = ways
  const value = way === undefined ? undefined : said[way]
  if (way === undefined || value === undefined) return { is: 'anything' }
  if (way !== 'schema') return { is: way, value, tolerance }
  if (!isObject(value)) return 'has a "schema" that is none'
  const complaint = schemaComplaint(value)
  return complaint === undefined
    ? { is: 'schema', schema: value }
    : `has a schema that ${complaint}`
}

/** Level by level, for it may be deep. */
function depthOf(value: Json): number {
  let depth = 0
  let level: readonly Json[] = [value]
  while (level.length > 0) {
    depth += 1
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    )
  }
  return depth
}

function issue(reason: string, message: string): FieldIssue {
  return { path: [], reason, message }
}
