import type { Report, ResourceStatus } from '../model/report.ts'

/** A commit that stays without effect on an endpoint, because what it brings was aborted there. */
export interface NotApplied {
  readonly endpoint: string
  /** `keyOf` of the endpoint. */
  readonly key: string
  /** The commit in force; absent while none was read. */
  readonly commit?: string
  /** Hash of the content that was aborted. */
  readonly revision: string
  /** CamelCase, stable. */
  readonly reason: string
  readonly message: string
}

/** What of the commit in force is not applied, endpoint by endpoint. It ends with a new content, a revert or `retry`. */
export function notAppliedOf({
  appliedRevision,
  resources,
}: Pick<Report, 'appliedRevision'> & {
  readonly resources: readonly Pick<ResourceStatus, 'key' | 'rollout'>[]
}): readonly NotApplied[] {
  return resources.flatMap(({ key, rollout }) =>
    rollout?.aborted === undefined
      ? []
      : [
          {
            endpoint: rollout.endpoint,
            key,
            ...(appliedRevision === undefined ? {} : { commit: appliedRevision }),
            ...rollout.aborted,
          },
        ],
  )
}

/** "Commit 0123456789ab (revision 3f2a9c1e) is not applied to fraud: ErrorsWorse: …". */
export function notAppliedText({
  endpoint,
  commit,
  revision,
  reason,
  message,
}: NotApplied): string {
  const what = commit === undefined ? 'The newest commit' : `Commit ${commit.slice(0, 12)}`
  const why = message === '' ? reason : `${reason}: ${message}`
  return `${what} (revision ${revision}) is not applied to ${endpoint}: ${why}`
}
