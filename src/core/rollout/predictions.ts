import type { Trial } from '../model/rollout.ts'
import type { TrialAnswer } from './trial.ts'

/**
 * Compares what two batch jobs wrote of the same input: the default deployment's rows, and the new one's. Two rows are
 * equal when their fields are, numbers within `tolerance`. Workers append rows as they come, so where each row names
 * the file it is of, rows are paired by file; else by their place. `mismatches` is the share of rows that may differ.
 * Messages repeat at most 100 characters of the data.
 */
export function comparePredictions(
  stable: string,
  candidate: string,
  { tolerance, mismatches }: Pick<Trial, 'tolerance' | 'mismatches'>,
): TrialAnswer {
  const [before, after] = [rowsOf(stable), rowsOf(candidate)]
  const rows = Math.max(before.length, after.length)
  if (rows === 0)
    return { is: 'problem', message: 'Neither job wrote a row, so nothing could be compared.' }
  let [changed, missing, extra] = [0, 0, 0]
  let first: string | undefined
  for (const pair of pairsOf(before, after)) {
    const difference = differenceOf(pair, tolerance)
    if (difference === undefined) continue
    if (pair.after === undefined) missing += 1
    else if (pair.before === undefined) extra += 1
    else changed += 1
    first ??= difference
  }
  if (first === undefined) return { is: 'same', message: `All rows are the same (${rows}).` }
  // A row that is missing here and one that is extra there are one row that differs.
  const differing = changed + Math.max(missing, extra)
  const found = `${differing} of ${rows} rows differ, at most ${allowedText(mismatches)} may.`
  const message = `${found} The first: ${first}`
  return { is: differing / rows <= mismatches ? 'same' : 'different', message }
}

/** A row of each output; `number` counts from 1 in the one it is in. */
interface Pair {
  readonly number: number
  readonly before: string | undefined
  readonly after: string | undefined
}

function rowsOf(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((row) => row.trim())
    .filter((row) => row !== '')
}

function pairsOf(before: readonly string[], after: readonly string[]): Iterable<Pair> {
  const [files, others] = [filesOf(before), filesOf(after)]
  return files === undefined || others === undefined
    ? byPlace(before, after)
    : byFile(before, files, after, others)
}

function* byPlace(before: readonly string[], after: readonly string[]): Generator<Pair> {
  for (let at = 0; at < Math.max(before.length, after.length); at += 1)
    yield { number: at + 1, before: before[at], after: after[at] }
}

/** Rows of one file are of one mini-batch, so that they keep their order. */
function* byFile(
  before: readonly string[],
  files: readonly string[],
  after: readonly string[],
  others: readonly string[],
): Generator<Pair> {
  const left = new Map<string, number[]>()
  for (const [at, file] of others.entries()) {
    const places = left.get(file)
    if (places === undefined) left.set(file, [at])
    else places.push(at)
  }
  for (const places of left.values()) places.reverse()
  for (const [at, row] of before.entries()) {
    const place = left.get(files[at] ?? '')?.pop()
    yield { number: at + 1, before: row, after: place === undefined ? undefined : after[place] }
  }
  for (const place of [...left.values()].flatMap((places) => places.reverse()))
    yield { number: place + 1, before: undefined, after: after[place] }
}

/** The file that each row names; undefined when one of them names none. */
function filesOf(rows: readonly string[]): readonly string[] | undefined {
  const files: string[] = []
  for (const row of rows) {
    const file = fileIn(row)
    if (file === undefined) return undefined
    files.push(file)
  }
  return files
}

function fileIn(row: string): string | undefined {
  const names = partsOf(row).filter((part, at) => at % 2 === 0 && isFile(part))
  return names.length === 0 ? undefined : names.join(' ')
}

const LONGEST_NAME = 255

/** `claims/7.json`: a name and an extension that begins with a letter, so that no number is one. */
function isFile(part: string): boolean {
  const dot = part.lastIndexOf('.')
  const isShort = part.length <= LONGEST_NAME
  return isShort && dot > 0 && /^[a-z][a-z0-9]{0,9}$/i.test(part.slice(dot + 1))
}

/** Whatever a script returns becomes text: tables parted by spaces or commas, and Python's own lists and mappings. */
const SEPARATORS = /([\s,;:=|{}[\]()"']+)/

const LONGEST_ROW = 65_536

/** Fields, and between them what parts them. A row beyond all measure is one field: taken apart it would fill the memory. */
function partsOf(row: string): readonly string[] {
  return row.length > LONGEST_ROW ? [row] : row.split(SEPARATORS)
}

function differenceOf({ number, before, after }: Pair, tolerance: number): string | undefined {
  if (before === after) return undefined
  if (before === undefined)
    return `row ${number} of the new output, ${shown(after)}, has no counterpart.`
  if (after === undefined) return `row ${number}, ${shown(before)}, is missing.`
  const [wanted, got] = [partsOf(before), partsOf(after)]
  for (let at = 0; at < Math.max(wanted.length, got.length); at += 1) {
    if (isSamePart(wanted[at], got[at], at % 2 === 1, tolerance)) continue
    // A separator says little: what stands behind it is shown with it.
    const behind = (parts: readonly string[]): string => parts.slice(at, at + 2).join('')
    const file = fileIn(before)
    const where = file === undefined ? '' : ` of ${shown(file)}`
    return `row ${number}${where}: ${shown(behind(got))} instead of ${shown(behind(wanted))}.`
  }
  return undefined
}

function isSamePart(
  wanted: string | undefined,
  got: string | undefined,
  isSeparator: boolean,
  tolerance: number,
): boolean {
  if (wanted === got) return true
  if (wanted === undefined || got === undefined) return false
  if (isSeparator) return bare(wanted) === bare(got)
  const [a, b] = [numberOf(wanted), numberOf(got)]
  return a !== undefined && b !== undefined && Math.abs(a - b) <= tolerance
}

/** Columns are padded by what stands in them: spaces beside another separator say nothing. */
function bare(separator: string): string {
  return separator.replaceAll(/\s/g, '')
}

const LONGEST_NUMBER = 64

function numberOf(part: string): number | undefined {
  if (part.length > LONGEST_NUMBER) return undefined
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(part) ? Number(part) : undefined
}

/** Three of them are in a message at most. */
const SHOWN = 32

function shown(data: string | undefined): string {
  const plain = (data ?? '').slice(0, SHOWN + 1).replaceAll(/[^\x20-\x7e]/g, '?')
  return `"${plain.length > SHOWN ? `${plain.slice(0, SHOWN - 1)}…` : plain}"`
}

function allowedText(mismatches: number): string {
  return `${Number((100 * mismatches).toFixed(4))} %`
}
