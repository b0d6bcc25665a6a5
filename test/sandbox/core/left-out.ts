import type { Exchange } from './recordings.ts'

/** A rule that leaves exchanges out of the replay, and why. The first that fits counts. */
export interface LeftOut {
  readonly reason: string
  readonly fits: (exchange: Exchange) => boolean
}

const url = (pattern: RegExp) => (exchange: Exchange) => pattern.test(exchange.url)

export const LEFT_OUT: readonly LeftOut[] = [
  { reason: 'blob storage, not the control plane', fits: url(/\.blob\.core\.windows\.net/) },
  {
    reason: 'registries are not in the sandbox',
    fits: url(/\/registries\/|registrymanagement|registryOperationsStatus/i),
  },
  {
    reason: 'the environment service itself, around ARM',
    fits: url(/environment\/v1\.0\/operations/),
  },
  {
    reason: 'snapshots, and what a run of the service was started with, around ARM',
    fits: url(/\/history\/v1\.0\/.*\/rundata$|content\/v2\.0/),
  },
  {
    reason: 'asked of the front end directly, around ARM: none of ARM headers',
    fits: url(/mferp\/managementfrontend/),
  },
  {
    reason: 'training jobs are not in the sandbox',
    fits: (exchange) =>
      exchange.file.startsWith('command_job') && /\/jobs\/\w+\?/.test(exchange.url),
  },
  { reason: 'components are another resource type', fits: url(/\/components\//) },
  {
    reason: 'schedules are another resource type',
    fits: url(/\/schedules\/|mfeOperationsStatus\/s:/),
  },
  {
    reason: 'other resource providers of ARM',
    fits: url(
      /providers\/Microsoft\.(Resources|insights|Storage|Keyvault|ContainerRegistry)|\/deployments\/[^/]+\/operations/i,
    ),
  },
  {
    reason: 'the workspace is read only in the sandbox',
    fits: (exchange) =>
      (exchange.method !== 'GET' && /\/workspaces\/[^/?]+(\/diagnose)?\?/.test(exchange.url)) ||
      /workspaceOperationsStatus/.test(exchange.url),
  },
  { reason: 'curated environments are not in the sandbox', fits: url(/environments\/AzureML-/) },
]

/** Why an exchange is left out; undefined = it is replayed. */
export function leftOut(exchange: Exchange): string | undefined {
  return LEFT_OUT.find((rule) => rule.fits(exchange))?.reason
}
