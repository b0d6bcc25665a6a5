/** A generation of the service's front end: what differs between recordings of different years (FACTS 0, 2.1, 2.2). */
export interface Build {
  readonly name: BuildName
  readonly endpointPrefix: string
  readonly deploymentPrefix: string
  readonly batchEndpointPrefix: string
  readonly batchDeploymentPrefix: string
  /** Batch resources tell of their operation and of an online endpoint's id, as the first batch service had it. */
  readonly batchTellsOperation: boolean
  /** Operation URLs carry t, c, s and h. */
  readonly signedOperations: boolean
  readonly percentAtEnd: number
  /** The 201 of a new endpoint lacks location, identity and systemData (FACTS 0.9). */
  readonly bareCreate: boolean
  /** A DELETE answers with the JSON text `null` instead of no body. */
  readonly nullBody: boolean
  readonly serverTiming: boolean
  readonly xCache: boolean
  readonly clusterHeader: string
  readonly globalBuckets: boolean
  /** Errors of failed operations have a code of their own (ERRORS 0.2). */
  readonly codedErrors: boolean
}

export type BuildName = '2022' | '2023' | '2024' | '2025'

const BUILD_2022: Build = {
  name: '2022',
  endpointPrefix: 'oe',
  deploymentPrefix: 'od',
  batchEndpointPrefix: 'be',
  batchDeploymentPrefix: 'bd',
  batchTellsOperation: true,
  signedOperations: false,
  percentAtEnd: 100,
  bareCreate: false,
  nullBody: true,
  serverTiming: true,
  xCache: false,
  clusterHeader: 'x-aml-cluster',
  globalBuckets: false,
  codedErrors: false,
}

/** As of 2022 but for a batch service of its own (recorded in test regions first). */
const BUILD_2023: Build = {
  ...BUILD_2022,
  name: '2023',
  batchEndpointPrefix: 'bebes',
  batchDeploymentPrefix: 'bdbes',
  batchTellsOperation: false,
}

const BUILD_2024: Build = {
  ...BUILD_2023,
  name: '2024',
  endpointPrefix: 'oeidp',
  deploymentPrefix: 'odidp',
  signedOperations: true,
  percentAtEnd: 0,
  bareCreate: true,
  nullBody: false,
  serverTiming: false,
  xCache: true,
  codedErrors: true,
}

const BUILDS: Readonly<Record<BuildName, Build>> = {
  '2022': BUILD_2022,
  '2023': BUILD_2023,
  '2024': BUILD_2024,
  '2025': {
    ...BUILD_2024,
    name: '2025',
    clusterHeader: 'azureml-served-by-cluster',
    globalBuckets: true,
  },
}

/** The build that serves this workspace. Today's service answers old API versions too, so it is no function of them. */
export function buildOf(settings: { readonly build: BuildName }): Build {
  return BUILDS[settings.build]
}

const STABLE = [
  '2022-05-01',
  '2022-10-01',
  '2023-04-01',
  '2023-10-01',
  '2024-04-01',
  '2024-10-01',
  '2025-04-01',
  '2025-06-01',
  '2025-09-01',
  '2025-12-01',
  '2026-03-01',
  '2026-05-01',
]

/** Previews that recordings and Microsoft's clients use. */
const PREVIEWS = [
  '2022-02-01-preview',
  '2022-10-01-preview',
  '2022-12-01-preview',
  '2023-02-01-preview',
  '2023-04-01-preview',
  '2023-06-01-preview',
  '2023-08-01-preview',
  '2024-01-01-preview',
  '2024-04-01-preview',
  '2024-07-01-preview',
  '2024-10-01-preview',
  '2025-01-01-preview',
  '2025-04-01-preview',
  '2025-07-01-preview',
]

export const API_VERSIONS: readonly string[] = [...STABLE, ...PREVIEWS].sort()

/** Fields that came with an API version: the first stable and the first preview version that shows them. */
const SINCE = {
  dataCollector: ['2023-10-01', '2023-04-01-preview'],
  assetProvisioningState: ['2023-04-01', '2023-04-01-preview'],
  stage: ['2024-04-01', '2023-04-01-preview'],
  autoRebuild: ['2024-04-01', '2023-04-01-preview'],
  managedNetwork: ['2023-10-01', '2023-04-01-preview'],
  creationTime: ['2022-10-01', '2022-10-01-preview'],
  dataIsolation: ['2023-04-01', '2023-04-01-preview'],
  deploymentConfiguration: ['2023-10-01', '2023-04-01-preview'],
  assetPreviews: ['9999', '2023-04-01-preview'],
  workspaceKind: ['2022-10-01', '2022-10-01-preview'],
} as const

/** Whether the API version shows a field of the table above. */
export function shows(apiVersion: string, field: keyof typeof SINCE): boolean {
  const [stable, preview] = SINCE[field]
  return apiVersion >= (apiVersion.endsWith('-preview') ? preview : stable)
}
