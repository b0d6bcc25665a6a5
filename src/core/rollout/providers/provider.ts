import type { z } from 'zod'
import type { MeasurementQuery, ProviderName } from '../../model/measurements/measurement.ts'

export type WantedValues = MeasurementQuery['wants']

/** What a manifest may say to one source of numbers, and what must be known of it to ask at the right time. */
export interface Provider<Query extends object = object> {
  readonly name: ProviderName
  /** What it can answer. */
  readonly wants: readonly WantedValues[]
  readonly schema: z.ZodType<Query>
  /** A field without which this query cannot give what is wanted; undefined = it can. */
  lacks?(query: Query, wants: WantedValues): string | undefined
  /** Of what absent data can count as 0 (`onMissing: zero`). */
  readonly zeroes: readonly WantedValues[]
  /** How long after the end of a window its counts may still grow, in milliseconds: a window is read after that, once. */
  readonly graceMs: number
  /** The shortest window, in milliseconds, that its numbers can tell apart. */
  readonly minWindowMs: number
}
