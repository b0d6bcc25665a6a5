import type { Json, JsonObject } from '../contract.ts'
import { guidOf } from '../ids.ts'
import { objectOf, textOf } from '../json.ts'
import { serviceOrigin } from '../resources/jobs/job-body.ts'
import type { Resource, State } from '../state.ts'
import { find, list } from '../store.ts'
import { serviceTime } from '../time.ts'
import { isOver, type JobTimes, jobTimes, recordOf } from './jobs.ts'
import { LOG_NAMES, logPath } from './run-logs.ts'

/** Batch jobs as run history shows them: a pipeline run and its one child, which scores (FACTS 7, recorded). */

/** The job that a run is, or is the child of. */
export function runOfJob(state: State, run: string): Resource | undefined {
  const parent = find(state, `jobs/${run}`)
  return parent ?? list(state, 'jobs').find(({ job }) => job?.childRunId === run)
}

/** The child as run history shows it. */
export function childRun(state: State, job: Resource, now: number): JsonObject {
  const { childRunId } = recordOf(job)
  const times = jobTimes(state, job, now)
  const guid = (what: string) => guidOf(state, `${job.id}/${what}`)
  return {
    ...UNSET,
    runNumber: Math.floor(job.createdAtMs / 1000),
    rootRunId: job.name,
    revision: 11,
    statusRevision: 1,
    runUuid: guid('run'),
    parentRunUuid: guid('parent'),
    rootRunUuid: guid('parent'),
    ...userOf(state, job),
    ...timesOf(job, times),
    runId: childRunId,
    parentRunId: job.name,
    experimentId: guid('experiment'),
    status: times.status,
    error: errorOf(times),
    displayName: `${textOf(objectOf(job.body.properties).displayName) ?? job.name}_score`,
    name: 'batchscoring',
    dataContainerId: `dcid.${childRunId}`,
    hidden: false,
    ...KIND_OF_RUN,
    properties: stepProperties(job, guid),
    actionUris: { Cancel: cancelUri(state, childRunId), Diagnose: '' },
    cancelUri: cancelUri(state, childRunId),
    diagnosticsUri: '',
    tags: tagsOf(job, guid),
    inputDatasets: [dataset(guid)],
    outputDatasets: [],
    ...computeOf(job),
  }
}

/** What a run of this sort has no value for (recorded). */
const UNSET: JsonObject = {
  token: null,
  tokenExpiryTimeUtc: null,
  warnings: null,
  lastStartTimeUtc: null,
  currentComputeTime: null,
  effectiveStartTimeUtc: null,
  cancelationReason: null,
  currentAttemptId: null,
  scheduleId: null,
  description: null,
  runDefinition: null,
  jobSpecification: null,
  primaryMetricName: null,
  createdFrom: null,
  completeUri: null,
  retainForLifetimeOfWorkspace: null,
  queueingInfo: null,
  inputs: null,
  outputs: null,
  uniqueChildRunComputeTargets: [],
  parameters: {},
  settings: {},
  services: {},
}

const KIND_OF_RUN: JsonObject = {
  scriptName: 'driver/amlbi_main.py',
  runType: 'azureml.StepRun',
  runTypeV2: {
    orchestrator: 'Execution',
    traits: [
      'azureml.StepRun',
      'scriptRun',
      'remote',
      'AlmostCommonRuntime',
      'OsType:Linux',
      'CommonRuntime',
    ],
    attribution: 'Aether',
    computeType: 'AmlcTrain',
  },
}

function userOf(state: State, { createdBy }: Resource): JsonObject {
  const { tenantId } = state.settings
  const user = {
    userObjectId: createdBy,
    userPuId: null,
    userIdp: null,
    userAltSecId: null,
    userIss: `https://sts.windows.net/${tenantId}/`,
    userTenantId: tenantId,
    userName: createdBy,
    upn: null,
  }
  return {
    createdBy: user,
    userId: createdBy,
    lastModifiedBy: { ...user, userIss: 'azureml' },
  }
}

function timesOf(job: Resource, times: JobTimes): JsonObject {
  const { startedAtMs, endedAtMs } = times
  const took = durationOf(times)
  return {
    createdUtc: serviceTime(job.createdAtMs),
    lastModifiedUtc: serviceTime(endedAtMs ?? startedAtMs ?? job.createdAtMs),
    startTimeUtc: timeOrNull(startedAtMs),
    endTimeUtc: timeOrNull(endedAtMs),
    computeDuration: took,
    duration: took,
  }
}

function tagsOf(job: Resource, guid: (what: string) => string): JsonObject {
  return {
    'azureml.nodeid': guid('node').slice(0, 8),
    'azureml.pipeline': job.name,
    _aml_system_ComputeTargetStatus: COMPUTE_STATUS,
    'mlflow.source.type': 'JOB',
    'mlflow.source.name': 'driver/amlbi_main.py',
  }
}

function computeOf(job: Resource): JsonObject {
  const { plan } = recordOf(job)
  const target = clusterOf(plan)
  return {
    target,
    computeRequest: { nodeCount: instances(plan), gpuCount: 0 },
    compute: {
      target,
      targetType: 'amlcompute',
      vmSize: null,
      instanceType: null,
      instanceCount: instances(plan),
      gpuCount: 0,
      priority: null,
      region: null,
      armId: null,
      properties: null,
    },
  }
}

const COMPUTE_STATUS =
  '{"AllocationState":"steady","PreparingNodeCount":0,"RunningNodeCount":0,"CurrentNodeCount":1}'

function stepProperties(job: Resource, guid: (what: string) => string): JsonObject {
  const kept = objectOf(objectOf(job.body.properties).properties)
  return {
    ContentSnapshotId: guid('snapshot'),
    StepType: 'PythonScriptStep',
    ComputeTargetType: 'AmlCompute',
    'azureml.moduleid': guid('module'),
    'azureml.moduleName': 'batchscoring',
    'azureml.runsource': 'azureml.StepRun',
    'azureml.nodeid': guid('node').slice(0, 8),
    'azureml.pipelinerunid': job.name,
    'azureml.pipeline': job.name,
    'azureml.pipelineid': kept['azureml.pipelineid'] ?? null,
    'azureml.pipelineComponent': 'masterescloud',
    'azureml.parallelrunstep': 'true',
    '_azureml.ComputeTargetType': 'amlctrain',
    ProcessInfoFile: 'azureml-logs/process_info.json',
    ProcessStatusFile: 'azureml-logs/process_status.json',
  }
}

function dataset(guid: (what: string) => string): JsonObject {
  return {
    identifier: { savedId: guid('dataset'), registeredId: null, registeredVersion: null },
    consumptionType: 'RunInput',
    inputDetails: { inputName: 'dataset_param_config', mechanism: 'Mount', pathOnCompute: null },
  }
}

function instances(plan: JsonObject): Json {
  return objectOf(plan.resources).instanceCount ?? 1
}

/** The cluster's own name. */
function clusterOf(plan: JsonObject): string | null {
  return textOf(plan.compute)?.split('/').at(-1) ?? null
}

function cancelUri(state: State, run: string): string {
  const { subscriptionId, resourceGroup, workspace } = state.settings
  return `${serviceOrigin(state)}/studioservice/apiv2/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/workspaces/${workspace}/runs/${run}/Cancel`
}

function errorOf({ failure }: JobTimes): JsonObject | null {
  if (failure === undefined) return null
  return { error: { ...failure, details: [] } }
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : serviceTime(ms)
}

/** `00:02:04.7583386` of a run that is over. */
function durationOf({ startedAtMs, endedAtMs }: JobTimes): string | null {
  if (startedAtMs === undefined || endedAtMs === undefined) return null
  return `${new Date(endedAtMs - startedAtMs).toISOString().slice(11, -1)}0000`
}

/** POST rundata: where the run's output lies, among what it was started with (recorded in part). */
export function runData(state: State, body: Json, now: number): Json | undefined {
  const run = textOf(objectOf(body).runId) ?? ''
  const job = runOfJob(state, run)
  if (job === undefined) return undefined
  const { childRunId, plan } = recordOf(job)
  const score = {
    dataStoreName: 'workspaceblobstore',
    mode: 'Mount',
    pathOnDataStore: `azureml/${childRunId}/score`,
    pathOnCompute: null,
    overwrite: false,
  }
  return {
    runMetadata: childRun(state, job, now),
    runDefinition: {
      script: 'driver/amlbi_main.py',
      framework: 'Python',
      communicator: 'ParallelTask',
      target: clusterOf(plan),
      dataReferences: { score },
      nodeCount: instances(plan),
    },
    jobSpecification: null,
    systemSettings: null,
  }
}

/** GET details: how a run goes, and its logs once they are kept. */
export function runDetails(state: State, job: Resource, run: string, now: number): JsonObject {
  const times = jobTimes(state, job, now)
  const isKept = isOver(times) && times.status !== 'Canceled' && !recordOf(job).isDeclared
  const names = run === job.name ? [LOG_NAMES.pipeline] : [LOG_NAMES.user, LOG_NAMES.progress]
  const { blobOrigin, sasToken } = state.settings.storage
  const logs = names.map((name) => [
    name,
    `${blobOrigin}/${LOG_NAMES.container}/${logPath(run)}${name}?${sasToken}`,
  ])
  return {
    runId: run,
    target: clusterOf(recordOf(job).plan),
    status: times.status,
    startTimeUtc: timeOrNull(times.startedAtMs),
    endTimeUtc: timeOrNull(times.endedAtMs),
    error: errorOf(times),
    warnings: [],
    properties: objectOf(objectOf(job.body.properties).properties),
    inputDatasets: [],
    outputDatasets: [],
    logFiles: isKept ? Object.fromEntries(logs) : {},
  }
}
