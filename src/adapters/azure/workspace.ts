import type { Workspace } from '../../core/model/live.ts'
import { monotonic } from '../../lib/monotonic.ts'
import { type Clock, CloudError } from '../../reconcile/ports.ts'
import type { ArmClient } from './http/client.ts'
import { cloudErrorOf } from './http/errors.ts'
import { objectOf } from './http/whole-body.ts'
import type { Limits } from './limits.ts'
import type { WorkspaceAddress } from './paths.ts'

/** Reads the workspace itself and keeps what cannot change (its region) for a while. */
export function workspaceReader(options: {
  readonly address: WorkspaceAddress
  readonly client: ArmClient
  readonly clock: Clock
  readonly limits: Limits
}): (signal: AbortSignal) => Promise<Workspace> {
  const { address, client, clock, limits } = options
  const now = monotonic(clock)
  let kept: { readonly workspace: Workspace; readonly at: number } | undefined
  return async (signal) => {
    if (kept && now() - kept.at < limits.workspaceMaxAgeMs) return kept.workspace
    const response = await client.workspace(signal)
    if (response.status !== 200) throw missing(cloudErrorOf(response, 'GET workspace', clock.now()))
    const { id, location } = objectOf(response, 'GET workspace')
    const isIt = typeof id === 'string' && sameId(id, client.workspacePath)
    if (!isIt || typeof location !== 'string' || location === '') throw notTheWorkspace()
    kept = { workspace: { id: client.workspacePath, ...address, location }, at: now() }
    return kept.workspace
  }
}

function sameId(a: string, b: string): boolean {
  return a.replace(/(?<!\/)\/+$/, '').toLowerCase() === b.toLowerCase()
}

function missing(error: CloudError): CloudError {
  if (error.reason !== 'NotFound') return error
  const { message, errorClass, retry } = error
  return new CloudError({ reason: 'WorkspaceNotFound', message, errorClass, retry })
}

function notTheWorkspace(): CloudError {
  return new CloudError({
    reason: 'UnreadableAnswer',
    message: 'GET workspace: the answer is not this workspace.',
    errorClass: 'service',
    retry: 'Later',
  })
}
