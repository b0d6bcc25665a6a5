import { createHash } from 'node:crypto'
import { uptime } from 'node:os'
import { isObject, type Json } from '../../core/model/values/json.ts'
import type { BucketLevel, KeptBucket } from '../../reconcile/ports.ts'
import { type KeptFile, type KeptFileOptions, openKeptFile } from './kept-file.ts'

export interface BucketsOptions extends Pick<KeptFileOptions, 'folder' | 'onError'> {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds since this machine was started: these only pass. */
  readonly uptimeMs?: () => number
}

/** A level, and when that was. */
interface Row extends BucketLevel {
  readonly at: number
  readonly uptimeMs: number
}

/** Of the form of the file, not of the program: after an upgrade it says as much as before. */
const FORM = 'buckets 1'
const ROWS_MAX = 20
const TOKENS_MAX = 1_000
const PER_SECOND_MAX = 10
const CLOSED_MS_MAX = 600_000

/** The buckets of those who draw on them, those that were used last; gives the one of an owner. */
export function openBuckets(options: BucketsOptions): (owner: string) => KeptBucket {
  const { folder, onError, now, uptimeMs = () => uptime() * 1000 } = options
  const file = openKeptFile({ folder, of: { what: 'buckets', program: FORM }, onError })
  let rows: Map<string, Row> | undefined
  return (owner) => {
    const key = createHash('sha256').update(owner).digest('hex').slice(0, 16)
    return {
      recall() {
        rows ??= rowsIn(file)
        const row = rows.get(key)
        if (row === undefined) return undefined
        const passedMs = passedSince(row, { at: now(), uptimeMs: uptimeMs() })
        const { tokens, perSecond, closedMs } = row
        return { tokens, perSecond, closedMs, passedMs }
      },
      keep({ tokens, perSecond, closedMs }) {
        rows ??= rowsIn(file)
        rows.delete(key)
        rows.set(key, { tokens, perSecond, closedMs, at: now(), uptimeMs: uptimeMs() })
        file.write({ buckets: [...rows].slice(-ROWS_MAX).map(([of, row]) => ({ of, ...row })) })
      },
    }
  }
}

/** The less of what two clocks say: either may have been set, and the machine may be another one. */
function passedSince(
  then: Pick<Row, 'at' | 'uptimeMs'>,
  { at, uptimeMs }: Pick<Row, 'at' | 'uptimeMs'>,
): number {
  const passedMs = Math.max(0, at - then.at)
  return uptimeMs < then.uptimeMs ? passedMs : Math.min(passedMs, uptimeMs - then.uptimeMs)
}

function rowsIn(file: KeptFile): Map<string, Row> {
  const rows = file.read()?.buckets
  const list: readonly Json[] = Array.isArray(rows) ? rows.slice(-ROWS_MAX) : []
  return new Map(list.flatMap(rowIn))
}

/** The row when every field of it is what it may be; nothing is guessed. */
function rowIn(row: Json): readonly (readonly [string, Row])[] {
  if (!isObject(row)) return []
  const { of, tokens, perSecond, closedMs, at, uptimeMs } = row
  if (typeof of !== 'string' || !/^[0-9a-f]{16}$/.test(of)) return []
  if (!isWithin(-TOKENS_MAX, TOKENS_MAX, tokens) || !isWithin(0, CLOSED_MS_MAX, closedMs)) return []
  if (!isWithin(0, PER_SECOND_MAX, perSecond)) return []
  if (!isWithin(0, Number.MAX_SAFE_INTEGER, at) || !isWithin(0, at, uptimeMs)) return []
  return [[of, { tokens, perSecond, closedMs, at, uptimeMs }]]
}

function isWithin(least: number, most: number, value: Json | undefined): value is number {
  return typeof value === 'number' && value >= least && value <= most
}
