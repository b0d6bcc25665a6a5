import type { Report } from '../../../src/core/model/report.ts'
import { hashOf } from '../../../src/core/model/values/hash.ts'
import {
  REVISION_TAG,
  ROLLOUT_TAG,
  type RolloutRecord,
  textOfRecord,
} from '../../../src/core/rollout/record.ts'
import type { WorldState } from '../trace.ts'

type Tags = Readonly<Record<string, string>>

/** What is not said is as in an endpoint that is well. */
export interface SaidEndpoint {
  readonly traffic?: Readonly<Record<string, number>>
  readonly mirror?: Readonly<Record<string, number>>
  readonly record?: RolloutRecord
  readonly provisioningState?: string
  readonly tags?: Tags
  readonly owner?: string
  readonly extra?: Readonly<Record<string, unknown>>
}

export interface SaidDeployment {
  readonly provisioningState?: string
  readonly instances?: number
  readonly model?: string
  readonly isServing?: boolean
  readonly rev?: string
  readonly owner?: string
  readonly tags?: Tags
  readonly extra?: Readonly<Record<string, unknown>>
}

export function endpointState(name: string, said: SaidEndpoint): WorldState['endpoints'][string] {
  const {
    traffic = {},
    mirror = {},
    provisioningState = 'Succeeded',
    extra = {},
    owner = 'app',
  } = said
  const tags = said.tags ?? endpointTags(name, said.record, owner)
  const properties = { ...extra, traffic, mirrorTraffic: mirror, provisioningState }
  return {
    kind: 'online',
    provisioningState,
    tags,
    traffic,
    mirror,
    body: { name, tags, properties },
  }
}

export function endpointTags(name: string, record: RolloutRecord | undefined, owner: string): Tags {
  const key = `OnlineEndpoint/${name}`
  const told = record === undefined ? {} : { [ROLLOUT_TAG]: textOfRecord(record, key) }
  return { ...ownedBy(owner, key), ...told }
}

/** `fraud/blue` */
export function deploymentState(
  full: string,
  said: SaidDeployment,
): WorldState['deployments'][string] {
  const {
    provisioningState = 'Succeeded',
    instances = 2,
    model = 'azureml:fraud:1',
    owner = 'app',
  } = said
  const tags = said.tags ?? {
    ...ownedBy(owner, `OnlineDeployment/${full}`),
    ...(said.rev === undefined ? {} : { [REVISION_TAG]: said.rev }),
  }
  const body = {
    name: full.split('/')[1] ?? '',
    tags,
    sku: { name: 'Default', capacity: instances },
    properties: { endpointComputeType: 'Managed', model, ...said.extra, provisioningState },
  }
  const isServing = said.isServing ?? provisioningState === 'Succeeded'
  return { provisioningState, tags, instances, model, isServing, body }
}

function ownedBy(application: string, key: string): Readonly<Record<string, string>> {
  return {
    'verdigris.application': application,
    'verdigris.owner': hashOf(`${application}\n${key}`, 12),
  }
}

/** A tick that found nothing, did nothing, and does not say that all is done. */
export function emptyReport(application: string, tick: number, now: number): Report {
  return {
    ...{ application, tick, startedAt: now, endedAt: now, dryRun: false, converged: false },
    ...{ problems: [], outcomes: [], answers: [], resources: [], conditions: [] },
    plan: { findings: [], changes: [], actions: [], held: [], answers: [] },
  }
}
