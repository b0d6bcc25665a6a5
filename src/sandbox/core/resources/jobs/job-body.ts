import { type Call, workspaceId } from '../../call.ts'
import { CLOUDS } from '../../cloud.ts'
import type { JsonObject } from '../../contract.ts'
import { type JobTimes, jobTimes, recordOf } from '../../jobs/jobs.ts'
import { objectOf } from '../../json.ts'
import type { Resource, State } from '../../state.ts'
import { serviceTime } from '../../time.ts'

/** The job as ARM shows it: a pipeline whose child scores (FACTS 7, recorded). */
export function renderJob(call: Pick<Call, 'state' | 'now'>, job: Resource): JsonObject {
  const { state, now } = call
  const { endpoint, deployment } = recordOf(job)
  const kept = objectOf(job.body.properties)
  const times = jobTimes(state, job, now)
  const services = Object.entries(linksOf(state, job.name)).map(([type, url]) => [
    type,
    {
      jobServiceType: type,
      port: null,
      endpoint: url,
      status: null,
      errorMessage: null,
      properties: null,
      nodes: null,
    },
  ])
  return {
    id: job.id,
    name: job.name,
    type: 'Microsoft.MachineLearningServices/workspaces/jobs',
    properties: {
      description:
        kept.description ??
        `Pipeline submission for endpoint: ${endpoint}, deployment: ${deployment}.`,
      tags: kept.tags ?? {},
      properties: { ...objectOf(kept.properties), ...stagesOf(times) },
      displayName: kept.displayName ?? null,
      status: times.status,
      experimentName: kept.experimentName ?? endpoint,
      services: Object.fromEntries(services),
      computeId: null,
      isArchived: kept.isArchived ?? false,
      identity: null,
      componentId: null,
      jobType: 'Pipeline',
      settings: null,
      jobs: null,
      inputs: null,
      outputs: null,
      sourceJobId: null,
    },
    systemData: createdBy(job),
  }
}

function createdBy(job: Resource): JsonObject {
  const { createdAtMs, createdBy } = job
  return { createdAt: serviceTime(createdAtMs), createdBy, createdByType: 'User' }
}

/** How the run went, once it is over (recorded). */
function stagesOf({ status, startedAtMs, endedAtMs }: JobTimes): JsonObject {
  if (startedAtMs === undefined || endedAtMs === undefined) return {}
  const Execution = {
    StartTime: serviceTime(startedAtMs),
    EndTime: serviceTime(endedAtMs),
    Status: status === 'Completed' ? 'Finished' : status,
  }
  const stages = JSON.stringify({ Initialization: null, Execution })
  return { 'azureml.pipelines.stages': stages }
}

/** Where the run can be looked at. */
function linksOf(state: State, job: string): { Tracking: string; Studio: string } {
  const { resourceGroup, subscriptionId, workspace, cloud } = state.settings
  const short = `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/workspaces/${workspace}`
  return {
    Tracking: `azureml://${serviceHost(state)}/mlflow/v1.0${workspaceId(state)}?`,
    Studio: `${CLOUDS[cloud].studio}/runs/${job}?wsid=${short}`,
  }
}

/** The origin of the region's own services, e.g. `https://eastus.api.azureml.ms`. */
export function serviceOrigin(state: State): string {
  return state.settings.serviceOrigin.replace('{region}', state.settings.location)
}

export function serviceHost(state: State): string {
  return new URL(serviceOrigin(state)).host
}

/** The job as the data plane shows it: what an invocation answers, and the lists of jobs of an endpoint. */
export function renderBatchJob(
  call: Pick<Call, 'state' | 'now' | 'build'>,
  job: Resource,
): JsonObject {
  const { state, now, build } = call
  const { endpoint, deployment, inputs, plan } = recordOf(job)
  const kept = objectOf(job.body.properties)
  const isPipeline = kept.isPipeline === true
  const isFirst = build.batchTellsOperation && !isPipeline
  const root = `${workspaceId(state)}/batchEndpoints/`
  const points = Object.entries(linksOf(state, job.name)).map(([type, url]) => [
    type,
    { jobEndpointType: type, port: null, endpoint: url, properties: null },
  ])
  return {
    // A pipeline's id holds an empty segment (FACTS 7).
    id: `${root}${isPipeline ? '' : `${endpoint}/deployments/${deployment}`}/jobs/${job.name}`,
    name: job.name,
    type: `Microsoft.MachineLearningServices/workspaces/batchEndpoints/${isPipeline ? '' : 'deployments/'}jobs`,
    properties: {
      provisioningState: 'Succeeded',
      inputData: inputs,
      ...(isFirst ? settingsOf(plan) : { output: { datastoreId: null, path: null } }),
      compute: {
        target: plan.compute ?? null,
        instanceCount: null,
        isLocal: false,
        location: null,
        instanceType: null,
        properties: null,
      },
      ...(isPipeline ? {} : { retrySettings: plan.retrySettings ?? null }),
      status: jobTimes(state, job, now).status,
      interactionEndpoints: Object.fromEntries(points),
      tags: kept.tags ?? {},
      properties: kept.properties ?? {},
      name: kept.displayName ?? null,
    },
    systemData: {
      createdAt: serviceTime(job.createdAtMs),
      createdBy: job.createdBy,
      ...(isFirst
        ? { createdByType: 'User' }
        : { lastModifiedAt: serviceTime(job.createdAtMs), lastModifiedBy: job.createdBy }),
    },
  }
}

function settingsOf(plan: JsonObject): JsonObject {
  return {
    miniBatchSize: plan.miniBatchSize ?? null,
    errorThreshold: plan.errorThreshold ?? null,
    outputFileName: plan.outputFileName ?? null,
    loggingLevel: plan.loggingLevel ?? null,
  }
}
