/** Everything a client could use up has a limit (INVARIANTS S17, ATTACKS 51, 56). Times in milliseconds. */
export interface Limits {
  readonly connections: number
  /** Open event streams; a further one is answered 503. */
  readonly eventClients: number
  /** Bytes of events that wait to be sent to a client; the next ones are written when it has read. */
  readonly eventBacklogBytes: number
  /** Events kept for `Last-Event-ID`. */
  readonly eventHistory: number
  readonly bodyBytes: number
  /** How long a lever waits for its answer before it is said to be pending. */
  readonly leverWaitMs: number
  readonly headerBytes: number
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly heartbeatMs: number
}

export const DEFAULT_LIMITS: Limits = {
  connections: 256,
  eventClients: 32,
  eventBacklogBytes: 64 * 1024,
  eventHistory: 1000,
  bodyBytes: 4 * 1024,
  leverWaitMs: 20_000,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  heartbeatMs: 15_000,
}
