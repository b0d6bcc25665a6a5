import { FAULT_NAMES } from './core/machine.ts'

/** What each fault does, for people who choose one. */
const EFFECTS: Readonly<Record<string, string>> = {
  OutOfQuota: 'a deployment fails soon: no quota left for its cores',
  ImageBuildFailure: 'a deployment fails when its image was to be built',
  ResourceNotReady: 'a deployment fails at the end: its container crashes',
  BadArgument: 'a deployment fails soon: an authorization error at its start',
  InternalServerError: 'a deployment fails soon: an error of the service',
  OperationFails: 'the operation that a write begins fails, with any code (code)',
  OperationLate: 'the operation that a write begins takes longer (factor, 10 by default)',
  NeverEnds: 'the operation that a write begins never ends',
  Conflict: 'a write is answered by 409: another operation is running',
  Throttled: 'a request is answered by 429 with Retry-After',
  ServiceError: 'a request is answered by 500',
  TransientError: 'a request is answered by 504',
  StaleRead: 'a read shows what was there before the last write',
  ListOmits: 'a list lacks the thing aimed at, or its last',
  LostResponse: 'a write is done, and the connection breaks before the answer',
  FieldDropped: 'a write is accepted without one field (field), which stays as it was',
  FieldAltered: 'a write is accepted with another value of one field (field, value)',
  SlowModel: 'a model answers late (delayMs, 10 s by default)',
  FailingModel: 'a model fails (percent of requests, status)',
}

export interface FaultGuide {
  readonly name: string
  readonly effect: string
}

/** Every fault there is, and what it does. */
export function faultGuide(): readonly FaultGuide[] {
  return FAULT_NAMES.map((name) => ({ name, effect: EFFECTS[name] ?? '' }))
}
