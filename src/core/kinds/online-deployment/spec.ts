import { z } from 'zod'
import type { JsonObject } from '../../model/json.ts'
import {
  decimal,
  field,
  flag,
  oneOf,
  properties,
  prose,
  readOnly,
  tags,
  text,
  texts,
  whole,
  wrong,
} from '../fields.ts'
import type { InlineAssets } from '../inline.ts'
import { checkOnlineName } from '../names.ts'

const DAY_SECONDS = 86_400

const probe = z.strictObject({
  initial_delay: whole(0, DAY_SECONDS)
    .optional()
    .describe('Seconds before the first probe. Default 10.'),
  period: whole(0, DAY_SECONDS).optional().describe('Seconds between probes. Default 10.'),
  timeout: whole(0, DAY_SECONDS).optional().describe('Seconds to wait for an answer. Default 2.'),
  success_threshold: whole(1, 1000)
    .optional()
    .describe('Successes in a row that count as one. Default 1.'),
  failure_threshold: whole(1, 10_000)
    .optional()
    .describe('Failures in a row that count as one. Default 30.'),
})

const dataAsset = z.strictObject({
  name: text(255).describe('Name of the data asset.'),
  version: text(255).optional().describe('Its version.'),
  path: text(2048).optional().describe('Where it lies.'),
  type: text(64).optional(),
})

const collection = z.strictObject({
  enabled: flag().optional().describe('Whether this collection is written. Default false.'),
  sampling_rate: decimal(0, 1).optional().describe('Share of requests, 0 to 1.'),
  client_id: text(255).optional().describe('Client id of the identity that writes.'),
  data: z
    .union([z.string(), dataAsset])
    .optional()
    .describe('Data asset that it becomes: refused until data assets are supported.'),
})

const collector = z.strictObject({
  collections: z
    .record(z.string(), collection)
    .meta({ type: 'object' })
    .describe(
      'What is collected: `request`, `response`, `model_inputs`, `model_outputs` or names of yours.',
    ),
  rolling_rate: oneOf(['year', 'month', 'day', 'hour', 'minute'])
    .optional()
    .describe('How often a new folder begins. Default `hour`.'),
  sampling_rate: decimal(0, 1)
    .optional()
    .describe('Share of requests, 0 to 1, for every collection.'),
  request_logging: z
    .strictObject({
      capture_headers: z.array(text(255)).max(50).optional().describe('Headers to log.'),
    })
    .optional()
    .describe('What is logged of requests.'),
})

/** Text, or a mapping that declares the asset here; read further by the asset's own kind. */
function asset(inline: JsonObject) {
  return field<string | JsonObject>({ anyOf: [{ type: 'string' }, inline] }, (value) =>
    (typeof value === 'string' && value !== '') || isMapping(value)
      ? value
      : wrong('must be a reference such as "azureml:name:1", or a mapping'),
  )
}

function isMapping(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(message: string, reason = 'FieldNotSupported') {
  return field<undefined>({ const: false }, (value) =>
    value === false ? undefined : wrong(message, reason),
  )
}

const naming = {
  $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
  name: text(32, checkOnlineName, 'InvalidName').describe('Name, unique in the endpoint.'),
  endpoint_name: text(32, checkOnlineName, 'InvalidName').describe('The endpoint it belongs to.'),
  type: oneOf(['managed', 'kubernetes'])
    .refine((type) => type === 'managed', {
      error: 'is kubernetes, which is not supported yet',
      params: { reason: 'KindNotSupported' },
    })
    .optional()
    .meta({ type: 'string', enum: ['managed'] })
    .describe('Default `managed`.'),
  description: prose(4096).optional().describe('Free text.'),
  tags: tags().optional().describe('Tags of the resource.'),
  properties: properties().optional().describe('Properties; they can be added, never changed.'),
}

const running = {
  code_configuration: z
    .strictObject({
      code: text(2048)
        .optional()
        .describe('Local folder, or `azureml:name:version`, or an ARM id.'),
      scoring_script: text(1024).describe(
        'The script with `init()` and `run()`, inside the folder.',
      ),
    })
    .optional()
    .describe(
      'The code that scores. MLflow models and containers with a server of their own need none.',
    ),
  environment_variables: texts({ entries: 500, key: 1024, value: 32_768 })
    .optional()
    .describe('Environment variables of the container.'),
  instance_type: text(128).describe('VM size. It cannot be changed in place.'),
  instance_count: whole(0, 10_000).optional().describe('Number of instances. Default 1.'),
}

const serving = {
  scale_settings: z
    .strictObject({
      type: oneOf(['default']).describe('Only `default` for managed deployments.'),
    })
    .optional()
    .describe('How it scales.'),
  request_settings: z
    .strictObject({
      request_timeout_ms: whole(1, 300_000)
        .optional()
        .describe('Milliseconds for one request. Default 5000.'),
      max_concurrent_requests_per_instance: whole(1, 100_000).optional().describe('Default 1.'),
      max_queue_wait_ms: whole(0, 3_600_000)
        .optional()
        .describe('Milliseconds a request may wait. Default 500.'),
    })
    .optional()
    .describe('Limits of requests.'),
  liveness_probe: probe.optional().describe('Whether the container lives.'),
  readiness_probe: probe.optional().describe('Whether the container can score.'),
  app_insights_enabled: flag()
    .optional()
    .describe('Whether logs go to Application Insights. Default false.'),
  egress_public_network_access: oneOf(['enabled', 'disabled'])
    .optional()
    .describe('Legacy; leave it out in a workspace with a managed network.'),
  model_mount_path: text(1024)
    .optional()
    .describe('Where the model is mounted in a container of yours.'),
  data_collector: collector.optional().describe('What is kept of requests and answers.'),
}

/** What cannot be done here, and what `az ml … show` prints beside it. */
const notHere = {
  private_network_connection: refused('is a preview field that is not supported').optional(),
  package_model: refused('is not supported: register the packaged environment instead').optional(),
  resources: refused('is for Kubernetes deployments, which are not supported yet').optional(),
  id: readOnly(),
  creation_context: readOnly(),
  provisioning_state: readOnly(),
  location: readOnly(),
}

/** Takes the schemas of the assets that may be declared inline. */
export function deploymentSchema({ model, environment }: InlineAssets) {
  return z
    .strictObject({
      ...naming,
      model: asset(model.schema).optional().describe('A registered model, or one declared here.'),
      environment: asset(environment.schema)
        .optional()
        .describe('A registered environment, or one declared here. MLflow models need none.'),
      ...running,
      ...serving,
      ...notHere,
    })
    .describe('A deployment of a managed online endpoint.')
}

export type DeploymentSchema = ReturnType<typeof deploymentSchema>
export type DeploymentFields = z.output<DeploymentSchema>
