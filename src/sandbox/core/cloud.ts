/** The clouds that a workspace can be of. */
export type CloudName = keyof typeof CLOUDS

/** What is different from cloud to cloud in what a workspace tells, and in which tokens open it. */
export interface CloudFacts {
  readonly arm: string
  /** Of tokens that ARM takes. */
  readonly armAudiences: readonly string[]
  readonly login: string
  readonly portal: string
  readonly studio: string
  /** Of tokens that open endpoints and the services of a region. */
  readonly mlAudience: string
  readonly inferenceSuffix: string
  readonly serviceSuffix: string
  readonly storageSuffix: string
  readonly keyVaultSuffix: string
  readonly registrySuffix: string
  readonly metricsAudience: string
  readonly logsAudience: string
}

/** As ARM's /metadata/endpoints of the three clouds and azure-ai-ml (`_azure_environments.py`) have them (FACTS 11). */
export const CLOUDS = {
  public: {
    arm: 'https://management.azure.com',
    armAudiences: ['https://management.core.windows.net', 'https://management.azure.com'],
    login: 'https://login.microsoftonline.com',
    portal: 'https://portal.azure.com',
    studio: 'https://ml.azure.com',
    mlAudience: 'https://ml.azure.com',
    inferenceSuffix: 'inference.ml.azure.com',
    serviceSuffix: 'api.azureml.ms',
    storageSuffix: 'core.windows.net',
    keyVaultSuffix: 'vault.azure.net',
    registrySuffix: 'azurecr.io',
    metricsAudience: 'https://metrics.monitor.azure.com',
    logsAudience: 'https://api.loganalytics.io',
  },
  'us-government': {
    arm: 'https://management.usgovcloudapi.net',
    armAudiences: [
      'https://management.core.usgovcloudapi.net',
      'https://management.usgovcloudapi.net',
    ],
    login: 'https://login.microsoftonline.us',
    portal: 'https://portal.azure.us',
    studio: 'https://ml.azure.us',
    mlAudience: 'https://ml.azure.us',
    inferenceSuffix: 'inference.ml.azure.us',
    serviceSuffix: 'api.ml.azure.us',
    storageSuffix: 'core.usgovcloudapi.net',
    keyVaultSuffix: 'vault.usgovcloudapi.net',
    registrySuffix: 'azurecr.us',
    metricsAudience: 'https://metrics.monitor.azure.us',
    logsAudience: 'https://api.loganalytics.us',
  },
  china: {
    arm: 'https://management.chinacloudapi.cn',
    armAudiences: [
      'https://management.core.chinacloudapi.cn',
      'https://management.chinacloudapi.cn',
    ],
    login: 'https://login.chinacloudapi.cn',
    portal: 'https://portal.azure.cn',
    studio: 'https://studio.ml.azure.cn',
    mlAudience: 'https://ml.azure.cn',
    inferenceSuffix: 'inference.ml.azure.cn',
    serviceSuffix: 'api.ml.azure.cn',
    storageSuffix: 'core.chinacloudapi.cn',
    keyVaultSuffix: 'vault.azure.cn',
    registrySuffix: 'azurecr.cn',
    metricsAudience: 'https://metrics.monitor.azure.cn',
    logsAudience: 'https://api.loganalytics.azure.cn',
  },
} as const satisfies Readonly<Record<string, CloudFacts>>

/** Which tokens open what, in one cloud. Clients write an audience with and without a last slash. */
export interface Audiences {
  readonly isArm: (audience: string) => boolean
  /** The data plane of endpoints with Entra authorisation, and the services of a region. */
  readonly isScoring: (audience: string) => boolean
  readonly isMetrics: (audience: string) => boolean
  readonly isLogs: (audience: string) => boolean
  /** Whether tokens are given for it at all. */
  readonly isKnown: (audience: string) => boolean
}

/** `own`: addresses of this sandbox's ARM, for which there are tokens, too. */
export function audiencesOf(cloud: CloudName, own: readonly string[]): Audiences {
  const { armAudiences, mlAudience, metricsAudience, logsAudience }: CloudFacts = CLOUDS[cloud]
  const among = (accepted: readonly string[]) => (audience: string) =>
    accepted.includes(audience.replace(/(?<!\/)\/+$/, ''))
  const arm = [...armAudiences, ...own]
  return {
    isArm: among(arm),
    isScoring: among([mlAudience]),
    // Clients of some languages ask with a token for ARM.
    isMetrics: among([metricsAudience, ...armAudiences]),
    isLogs: among([logsAudience]),
    isKnown: among([...arm, mlAudience, metricsAudience, logsAudience]),
  }
}

/** The name before an inference domain of whichever cloud, and the region: `fraud` of `fraud.norwayeast.inference.ml.azure.us`. */
export function endpointAt(hostname: string): string | undefined {
  const isOfAzure = Object.values(CLOUDS).some((one) =>
    hostname.endsWith(`.${one.inferenceSuffix}`),
  )
  return isOfAzure ? hostname.split('.')[0] : undefined
}
