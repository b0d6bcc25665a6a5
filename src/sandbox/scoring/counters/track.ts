import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS } from './latency.ts'

// As in core/ids.ts: looked up once.
const { floor, max } = Math

/** The requests of one deployment, second by second. */
export interface Track {
  /** `bucket` as latency.ts has it. An instant before the newest counts as the newest: the past does not change. */
  add(atMs: number, status: number, bucket: number): void
  /** Counters at the instants, which must ascend. */
  read(instantsMs: readonly number[]): Samples
  /** Drops what lies whole blocks before the second; it stays counted in what comes after. */
  forget(second: number): void
}

/** Counters at instants; a list has one entry for each. */
export interface Samples {
  readonly at: readonly number[]
  readonly requests: readonly number[]
  readonly errors: readonly number[]
  /** By instant: the requests that took at most the bound of the same place. */
  readonly within: readonly (readonly number[])[]
}

/** Statuses that are the fault of the model or the platform, and not of the caller. */
function isError(status: number): boolean {
  return status >= 500 || status === 408 || status === 424 || status === 429
}

const BLOCK_SECONDS = 600
/** Per second: errors, then requests by bucket. */
const WIDTH = 1 + LATENCY_BUCKETS

/** Some minutes of counts, and what had been counted before them. */
interface Block {
  readonly startSecond: number
  readonly before: Float64Array
  readonly counts: Uint32Array
}

/** An empty track: 190 KB for each 10 minutes with a request. `onBlock` is told when one begins, in seconds. */
export function createTrack(onBlock: (startSecond: number) => void): Track {
  const total = new Float64Array(WIDTH)
  const rows = new Map<number, Row>()
  let blocks: Block[] = []
  let newestSecond = 0

  function newestBlock(): Block {
    const startSecond = newestSecond - (newestSecond % BLOCK_SECONDS)
    const last = blocks.at(-1)
    if (last?.startSecond === startSecond) return last
    const counts = new Uint32Array(BLOCK_SECONDS * WIDTH)
    const block = { startSecond, before: total.slice(), counts }
    blocks.push(block)
    onBlock(startSecond)
    return block
  }

  return {
    add(atMs, status, bucket) {
      newestSecond = max(newestSecond, floor(atMs / 1000))
      const { startSecond, counts } = newestBlock()
      const row = (newestSecond - startSecond) * WIDTH
      increase(counts, row + 1 + bucket)
      increase(total, 1 + bucket)
      if (!isError(status)) return
      increase(counts, row)
      increase(total, 0)
    },
    read: (instantsMs) =>
      readTrack(createReader({ blocks, total, newestSecond, rows }), instantsMs),
    forget(second) {
      const kept = blocks.filter(({ startSecond }) => startSecond + BLOCK_SECONDS > second)
      if (kept.length < blocks.length) rows.clear()
      blocks = kept
    },
  }
}

function increase(numbers: Float64Array | Uint32Array, place: number): void {
  numbers[place] = (numbers[place] ?? 0) + 1
}

/** What was counted before a second. */
interface Row {
  readonly requests: number
  readonly errors: number
  readonly within: readonly number[]
}

const ROWS_KEPT = 1000

interface Counted {
  readonly blocks: readonly Block[]
  readonly total: Float64Array
  readonly newestSecond: number
  /** By second, of those whose past is over: these rows are final. */
  readonly rows: Map<number, Row>
}

/** Gives what was counted before a second; seconds must be asked for in ascending order. */
function createReader({ blocks, total, newestSecond, rows }: Counted): (second: number) => Row {
  let cursor: Cursor | undefined
  let last: Row | undefined
  return (second) => {
    // Nothing has come since: all of it is before.
    if (second > newestSecond) {
      last ??= rowOf(total)
      return last
    }
    const known = rows.get(second)
    if (known !== undefined) return known
    cursor ??= createCursor(blocks, total)
    const row = rowOf(cursor(second))
    if (rows.size >= ROWS_KEPT) rows.clear()
    rows.set(second, row)
    return row
  }
}

function rowOf(counts: Float64Array): Row {
  const [errors = 0, ...buckets] = counts
  const below = cumulated(buckets)
  const within = below.slice(0, LATENCY_BOUNDS_MS.length)
  return { requests: below.at(-1) ?? 0, errors, within }
}

function readTrack(rowBefore: (second: number) => Row, instantsMs: readonly number[]): Samples {
  const rows = instantsMs.map((instantMs) => rowBefore(floor(instantMs / 1000)))
  return {
    at: instantsMs,
    requests: rows.map(({ requests }) => requests),
    errors: rows.map(({ errors }) => errors),
    within: rows.map(({ within }) => within),
  }
}

function cumulated(numbers: readonly number[]): number[] {
  let sum = 0
  return numbers.map((number) => {
    sum += number
    return sum
  })
}

/** Gives the counts before a second. Seconds must be asked for in ascending order: it adds up as it goes. */
type Cursor = (second: number) => Float64Array

function createCursor(blocks: readonly Block[], total: Float64Array): Cursor {
  const current = (blocks[0]?.before ?? total).slice()
  let place = 0
  let doneSecond = 0

  function addUntil(block: Block, second: number): void {
    const from = max(doneSecond, block.startSecond)
    const until = Math.min(second, block.startSecond + BLOCK_SECONDS)
    for (let at = from; at < until; at += 1) {
      const row = (at - block.startSecond) * WIDTH
      for (let column = 0; column < WIDTH; column += 1) {
        current[column] = (current[column] ?? 0) + (block.counts[row + column] ?? 0)
      }
    }
  }

  // Far jumps need no sum: a block knows what came before it.
  function jump(second: number): void {
    for (let next = blocks[place + 1]; next !== undefined; next = blocks[place + 1]) {
      if (next.startSecond > second) return
      place += 1
      current.set(next.before)
      doneSecond = next.startSecond
    }
  }

  return (second) => {
    jump(second)
    const block = blocks[place]
    if (block !== undefined) addUntil(block, second)
    doneSecond = max(doneSecond, second)
    return current
  }
}
