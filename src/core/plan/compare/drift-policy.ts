import type { SyncPolicy } from '../../model/application.ts'
import type { Desired } from '../../model/desired.ts'
import type { Ref } from '../../model/ref.ts'

/** What is done about changes made by others: as the manifest says; else its kind in the Application; else the Application. */
export function driftPolicyOf(
  { kind }: Ref,
  desired: Desired | undefined,
  { drift, driftByKind = {} }: Pick<SyncPolicy, 'drift' | 'driftByKind'>,
): SyncPolicy['drift'] {
  return desired?.policy.drift ?? driftByKind[kind] ?? drift
}
