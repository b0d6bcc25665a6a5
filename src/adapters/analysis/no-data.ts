import type {
  Asked,
  Measurement,
  MeasurementQuery,
} from '../../core/model/measurements/measurement.ts'

/** Why a question has no answer; `reason` is CamelCase and stable. Nothing of an answer's body is ever in the message. */
export class NoData extends Error {
  readonly reason: string
  /** How long the provider does not want to be asked; absent = it does not say. */
  readonly retryAfterMs: number | undefined
  constructor(reason: string, message: string, retryAfterMs?: number) {
    super(message)
    this.name = 'NoData'
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

type Without<T, Key extends string> = T extends unknown ? Omit<T, Key> : never

/** What a provider found; what it cannot find is thrown as NoData. */
export type Found = Exclude<Without<Measurement, 'id' | 'asked'>, { readonly is: 'noData' }>

/** Answers questions that are all this provider's, with at most one request each, of which it tells before it is sent. */
export type Ask = (
  question: MeasurementQuery,
  signal: AbortSignal,
  tell: (asked: Asked) => void,
) => Promise<Found>
