/** Where one cloud of Azure has its services. Origins are https without a path; suffixes are host names without a dot in front. */
export interface AzureCloud {
  readonly name: string
  /** Origin of Azure Resource Manager. */
  readonly resourceManager: string
  /** What tokens for Azure Resource Manager are made for. */
  readonly resourceManagerAudience: string
  /** Origins that give tokens: the first, unless the configuration names another one of them. */
  readonly authorities: readonly [string, ...string[]]
  /** What tokens are made for that open endpoints with Entra authorisation and Azure ML's services of a region. */
  readonly mlAudience: string
  /** `{endpoint}.{region}.` goes before it. */
  readonly inferenceSuffix: string
  /** `{region}.` goes before it: the run history and the other services of a region. */
  readonly mlServiceSuffix: string
  /** `{account}.blob.` goes before it. */
  readonly storageSuffix: string
  /** Origin of Azure ML studio, where people look. */
  readonly studio: string
  /** Azure Monitor's metrics: `{region}.` goes before it, and tokens are made for `https://` and it. */
  readonly metricsSuffix: string
  /** Azure's managed service for Prometheus: `{workspace}.{region}.` goes before it, and tokens are made for `https://` and it. */
  readonly prometheusSuffix: string
  /** Origins of the Log Analytics API, each its own audience: the first, unless the configuration names another one of them. */
  readonly logs: readonly [string, ...string[]]
}

/**
 * The clouds there are. Resource manager, its audience, the audience of Azure ML and the storage suffix are those of
 * azure-ai-ml (`_azure_environments.py`, 1.x) and of ARM's own `/metadata/endpoints?api-version=2022-09-01`; authorities those
 * of @azure/identity (`AzureAuthorityHosts`) with the aliases that MSAL knows (`AuthorityMetadata`); hosts of Azure ML are in
 * Microsoft's "Configure inbound and outbound network traffic" and "Use your workspace with a custom DNS server"; the
 * audiences of Azure Monitor in @azure/monitor-query (`KnownMonitorAudience`, `KnownMonitorLogsQueryAudience`); those of its managed
 * Prometheus in Microsoft's "Query Prometheus metrics using the API and PromQL" and in KEDA's scaler for it.
 */
export const AZURE_CLOUDS = {
  public: {
    name: 'public',
    resourceManager: 'https://management.azure.com',
    resourceManagerAudience: 'https://management.azure.com',
    authorities: [
      'https://login.microsoftonline.com',
      'https://login.windows.net',
      'https://login.microsoft.com',
    ],
    mlAudience: 'https://ml.azure.com',
    inferenceSuffix: 'inference.ml.azure.com',
    mlServiceSuffix: 'api.azureml.ms',
    storageSuffix: 'core.windows.net',
    studio: 'https://ml.azure.com',
    metricsSuffix: 'metrics.monitor.azure.com',
    prometheusSuffix: 'prometheus.monitor.azure.com',
    logs: ['https://api.loganalytics.io', 'https://api.loganalytics.azure.com'],
  },
  'us-government': {
    name: 'us-government',
    resourceManager: 'https://management.usgovcloudapi.net',
    resourceManagerAudience: 'https://management.usgovcloudapi.net',
    authorities: ['https://login.microsoftonline.us', 'https://login.usgovcloudapi.net'],
    mlAudience: 'https://ml.azure.us',
    inferenceSuffix: 'inference.ml.azure.us',
    mlServiceSuffix: 'api.ml.azure.us',
    storageSuffix: 'core.usgovcloudapi.net',
    studio: 'https://ml.azure.us',
    metricsSuffix: 'metrics.monitor.azure.us',
    prometheusSuffix: 'prometheus.monitor.azure.us',
    logs: ['https://api.loganalytics.us'],
  },
  china: {
    name: 'china',
    resourceManager: 'https://management.chinacloudapi.cn',
    resourceManagerAudience: 'https://management.chinacloudapi.cn',
    authorities: ['https://login.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
    mlAudience: 'https://ml.azure.cn',
    inferenceSuffix: 'inference.ml.azure.cn',
    mlServiceSuffix: 'api.ml.azure.cn',
    storageSuffix: 'core.chinacloudapi.cn',
    studio: 'https://studio.ml.azure.cn',
    metricsSuffix: 'metrics.monitor.azure.cn',
    prometheusSuffix: 'prometheus.monitor.azure.cn',
    logs: ['https://api.loganalytics.azure.cn'],
  },
} as const satisfies Readonly<Record<string, AzureCloud>>

/** The scope by which a token for an audience is asked for. */
export function tokenScopeOf(audience: string): string {
  return `${audience}/.default`
}

/** Whether a host name is `{label}.{suffix}`, with so many labels of letters, digits and hyphens (lower case) before the suffix. */
export function isHostOf(
  hostname: string,
  suffix: string,
  labels: readonly [number, number],
): boolean {
  if (!hostname.endsWith(`.${suffix}`)) return false
  const before = hostname.slice(0, -suffix.length - 1).split('.')
  const isRight = before.length >= labels[0] && before.length <= labels[1]
  return isRight && before.every((label) => /^[a-z0-9-]{1,63}$/.test(label))
}

type Form = 'origin' | 'origins' | 'audience' | 'suffix'

/** What a description of a cloud has to name: every field, since none can be guessed from another. */
const FORMS: { readonly [Field in Exclude<keyof AzureCloud, 'name'>]: Form } = {
  resourceManager: 'origin',
  resourceManagerAudience: 'audience',
  authorities: 'origins',
  mlAudience: 'audience',
  inferenceSuffix: 'suffix',
  mlServiceSuffix: 'suffix',
  storageSuffix: 'suffix',
  studio: 'origin',
  metricsSuffix: 'suffix',
  prometheusSuffix: 'suffix',
  logs: 'origins',
}

const SAID: { readonly [Name in Form]: string } = {
  origin: 'an https address without a path (https://host)',
  origins: 'a list of https addresses without a path ([https://host])',
  audience: 'what tokens are made for, without a slash at the end (https://host)',
  suffix: 'a host name without a dot in front (storage.example)',
}

const isOrigin = (text: unknown): boolean =>
  typeof text === 'string' &&
  URL.canParse(text) &&
  new URL(text).protocol === 'https:' &&
  new URL(text).origin === text

const IS: { readonly [Name in Form]: (value: unknown) => boolean } = {
  origin: isOrigin,
  origins: (value) => Array.isArray(value) && value.length > 0 && value.every(isOrigin),
  audience: (value) => typeof value === 'string' && /^(?:https|api):\/\/[\w.:/-]*\w$/.test(value),
  suffix: (value) => typeof value === 'string' && /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(value),
}

/** A cloud of one's own, from a value that was JSON; or what is wrong with it, field by field. */
export function readCloud(given: unknown): AzureCloud | { readonly problems: readonly string[] } {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { problems: [`it is not a mapping with the fields ${Object.keys(FORMS).join(', ')}`] }
  const fields: { readonly [field: string]: unknown } = { ...given }
  const problems = [
    ...Object.entries(FORMS).flatMap(([field, form]) => problemOf(field, form, fields[field])),
    ...Object.keys(fields)
      .filter((field) => !Object.hasOwn(FORMS, field))
      .map((field) => `${field} is no field of a cloud`),
  ]
  return problems.length > 0 ? { problems } : ({ ...fields, name: 'custom' } as AzureCloud)
}

function problemOf(field: string, form: Form, value: unknown): readonly string[] {
  if (value === undefined) return [`${field} is missing: ${SAID[form]}`]
  return IS[form](value) ? [] : [`${field} is not ${SAID[form]}`]
}
