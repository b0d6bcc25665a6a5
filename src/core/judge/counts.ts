/** What both sides counted in one window: requests, and events among them (failures, or answers above a threshold). */
export interface Counts {
  readonly startMs: number
  readonly endMs: number
  readonly stableRequests: number
  readonly stableEvents: number
  readonly candidateRequests: number
  readonly candidateEvents: number
}
