import type { Exchange } from './recordings.ts'

/** A difference that is no fault, and why. */
interface Exception {
  /** Over the exchange's name, method and URL. */
  readonly in: RegExp
  /** Over the difference. */
  readonly line: RegExp
  readonly reason: string
}

const WORKSPACE_READ = /GET \S+\/workspaces\/[^/?]+\?/

const EXCEPTIONS: readonly Exception[] = [
  {
    in: /\/runs\/[^/]+\/children/,
    line: /^body\/value\/0\/(\w+Utc|\w*[dD]uration|runNumber|displayName|userId|(createdBy|lastModifiedBy)\/user\w+|(tags|properties)\/azureml\.nodeid): .*given$/,
    reason: 'Times, made-up names, and who the recorded user was.',
  },
  {
    in: /test_aml_compute_create_and_delete\.json #11/,
    line: /^header x-ms-request-id: recorded only/,
    reason: 'One poll of many passed a gateway that numbers requests.',
  },
  {
    in: /\/jobs(\/|$)/,
    line: /^body\/properties\/(displayName|name|properties\/azureml\.pipelines\.stages): ".*given$/,
    reason: 'A name that is made up for every job, and times inside a text.',
  },
  {
    in: /test_batch_(invoke|component)\.json #\d+ POST/,
    line: /^body\/properties\/interactionEndpoints\/Tracking\/endpoint: .*azureml-test/,
    reason: 'A test region, whose services have a host of their own.',
  },
  {
    in: /test_batch_invoke\.json #\d+ (GET|PUT)/,
    line: /^body\/identity: recorded only/,
    reason: 'A test region gave its own identity to every batch endpoint (FACTS 1.4).',
  },
  {
    in: /test_batch_component\.json #14/,
    line: /^body\/properties\/provisioningState: "Creating"/,
    reason: 'One build says Creating at once, the others Updating first (FACTS 1.5).',
  },
  {
    in: /test_batch_component\.json #20/,
    line: /^header x-request-id: given only/,
    reason: 'The front door of 2022 did not tell its request id yet.',
  },
  {
    in: WORKSPACE_READ,
    line: /^body\/properties\/(storageAccount|keyVault|applicationInsights|containerRegistry|friendlyName|description|discoveryUrl|mlFlowTrackingUri|notebookInfo\/\w+): ".*" given$/,
    reason: 'Names that the recorded workspace was made with: only their shape can be compared.',
  },
  {
    in: /test_workspace_create_update_and_delete\.json #\d+ GET/,
    line: /^body\/(properties\/containerRegistry: given only|tags\/\w+: recorded only|properties\/enableDataIsolation: true)/,
    reason: 'This workspace was made without a registry, with tags and with an isolation option.',
  },
  {
    in: /test_workspace_create_update_and_delete\.json #5[34] GET/,
    line: /^body\/properties\/(imageBuildCompute|publicNetworkAccess):/,
    reason: 'The workspace PATCHes before it are left out: the workspace is read only here.',
  },
  {
    in: /test_batch_component\.json #\d+ GET/,
    line: /^body\/(kind|properties\/(creationTime|v1LegacyMode)): given only|^body\/properties\/sasGetterUri: null/,
    reason:
      'An older build in a test region: the same API version three months later shows these members.',
  },
  {
    in: /test_batch_job_download\.json #\d+ GET/,
    line: /^body\/properties\/enableDataIsolation: recorded only/,
    reason:
      'Shown by one build for 2022-10-01-preview, hidden by another for the later 2022-12-01.',
  },
  {
    in: /\/startPendingUpload/,
    line: /^body\/blobReferenceForConsumption\//,
    reason: 'Addresses in the storage account; the recorder replaced the signature.',
  },
  {
    in: /(test_crud_file|skip_script_validation)\.json/,
    line: /^body\/(value\/0\/)?properties\/modelUri: .*ServiceReplicated/,
    reason:
      'The service replicated this model for a reason unknown; clients must bear both spellings (FACTS 0.16).',
  },
  {
    in: /skip_script_validation\.json #12/,
    line: /^body\/properties\/flavors\/\w+: recorded only/,
    reason: 'Flavors come from the MLmodel file in the store, which the core does not read.',
  },
  {
    in: /test_default_target_baseline_dataset\.json/,
    line: /AzureAsyncOperationUri: given only/,
    reason: 'A deployment of a preview build that did not yet show its operation.',
  },
  {
    in: /powershell-2024-04-01\.transcribed\.json #11/,
    line: /^body\/content: ".*given$/,
    reason: 'What a container logged.',
  },
  {
    in: /powershell-2024-04-01\.transcribed\.json #13/,
    line: /^body\/(accessToken|expiryTimeUtc|refreshAfterTimeUtc): \S.*given$/,
    reason: 'A token and its times, recorded on another day than the rest of the file.',
  },
  {
    in: /datastores\?\S*count=30&orderByAsc=false/,
    line: /^body\/value\/2: no item of its shape/,
    reason: 'One datastore of the recorded workspace has lost its createdBy.',
  },
  {
    in: /\/skus\?/,
    line: /capacity\/maximum: 20 recorded, 50 given/,
    reason: 'The maximum of 2022; 50 is documented today (FACTS 1.8).',
  },
  {
    in: /Get-AzMLServiceVMSize/,
    line: /^body\/value\/10: no item of its shape/,
    reason:
      'The one transcribed size with estimatedVMPrices, an optional member; prices are not made up.',
  },
]

const used = new Set<Exception>()

/** Why a difference of an exchange does not count; undefined = it counts. */
export function exceptionTo(exchange: Exchange, line: string): string | undefined {
  const name = `${exchange.name} ${exchange.method} ${exchange.url}`
  const exception = EXCEPTIONS.find((row) => row.in.test(name) && row.line.test(line))
  if (exception !== undefined) used.add(exception)
  return exception?.reason
}

/** Reasons of the rows that no difference has needed so far. */
export function idleExceptions(): string[] {
  return EXCEPTIONS.filter((row) => !used.has(row)).map(({ reason }) => reason)
}
