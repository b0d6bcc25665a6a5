import { z } from 'zod'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { jobCompute } from '../compute.ts'
import { environmentVariables, naming, running } from '../fields/deployment-fields.ts'
import { field, readOnly, refused, text, wholeNumber, wrong } from '../fields/fields.ts'
import { oneOf } from '../fields/word-fields.ts'
import type { InlineAssets } from '../inline.ts'

const MAX_INT = 2_147_483_647
const WEEK_SECONDS = 604_800

/** How a job runs: below `settings`, or at the root in the older layout. */
export const scoring = {
  mini_batch_size: wholeNumber(1, MAX_INT)
    .optional()
    .describe('Files per call of `run`. Default 10.'),
  max_concurrency_per_instance: wholeNumber(1, 100_000)
    .optional()
    .describe('Calls of `run` at the same time on one instance. Default 1.'),
  output_action: oneOf(['append_row', 'summary_only'])
    .optional()
    .describe('Whether results are gathered in one file. Default `append_row`.'),
  output_file_name: text(255)
    .optional()
    .describe('Name of that file; not with `summary_only`. Default `predictions.csv`.'),
  retry_settings: z
    .strictObject({
      max_retries: wholeNumber(0, 100_000)
        .optional()
        .describe('How often a mini-batch is tried again. Default 3.'),
      timeout: wholeNumber(1, WEEK_SECONDS)
        .optional()
        .describe('Seconds for one mini-batch. Default 30.'),
    })
    .optional()
    .describe('What happens to a mini-batch that fails.'),
  error_threshold: field<number>({ type: 'integer', minimum: -1, maximum: MAX_INT }, (value) => {
    const number = typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? +value : value
    const isRight = typeof number === 'number' && Number.isInteger(number) && number >= -1
    return isRight && number <= MAX_INT ? number : wrong('must be a whole number, or -1')
  })
    .optional()
    .describe('Failed files after which the job stops; -1 = never. Default -1.'),
  logging_level: oneOf(['info', 'warning', 'debug'])
    .optional()
    .describe('How much is logged. Default `info`.'),
}

/** Sent, it comes back as null (FACTS 1.5): only an empty one means what it says. */
const noProperties = field<undefined>({ not: {} }, (value) =>
  isObject(value) && Object.keys(value).length === 0
    ? undefined
    : wrong('is not kept by the service', 'FieldNotSupported'),
)

/** The version of the API that is written knows none of it for a batch deployment (FACTS 1.5). */
const notInApi = refused(
  'is not kept by the service: its API has no such field for batch deployments',
)

const resources = z.strictObject({
  instance_count: wholeNumber(1, 10_000).optional().describe('Instances per job. Default 1.'),
  instance_type: text(128).optional().describe('VM size, where the compute offers several.'),
  properties: noProperties.optional(),
  docker_args: notInApi,
  shm_size: notInApi,
  locations: notInApi,
  max_instance_count: notInApi,
})

/** Takes the schemas of the assets that may be declared inline. */
export function batchDeploymentSchema(assets: InlineAssets) {
  const { model, ...others } = running(assets)
  return z
    .strictObject({
      ...naming,
      type: oneOf(['model'], 'as it is')
        .optional()
        .describe('Default `model`; said where there are `settings`.'),
      model: model.unwrap().describe('A registered model, or one declared here.'),
      ...others,
      compute: jobCompute().describe('The cluster that jobs run on: `azureml:name` or its ARM id.'),
      resources: resources.optional().describe('How much of it.'),
      settings: z
        .strictObject({
          ...scoring,
          // The CLI ends with an exception without it.
          mini_batch_size: scoring.mini_batch_size.unwrap().describe('Files per call of `run`.'),
          environment_variables: environmentVariables(),
          instance_count: wholeNumber(1, 10_000)
            .optional()
            .describe('Another place for `resources.instance_count`.'),
        })
        .optional()
        .describe('How a job runs.'),
      ...scoring,
      id: readOnly(),
      creation_context: readOnly(),
      provisioning_state: readOnly(),
    })
    .describe(
      'A deployment of a batch endpoint that runs a model. The fields of `settings` may also stand at the root.',
    )
}

export type BatchDeploymentSchema = ReturnType<typeof batchDeploymentSchema>
export type BatchDeploymentFields = z.output<BatchDeploymentSchema>

/** Pipeline component deployments are another thing under the same name. */
export function isPipeline(input: JsonObject): boolean {
  const type = typeof input.type === 'string' ? input.type.toLowerCase() : ''
  return (
    type === 'pipeline' || type === 'component' || 'component' in input || 'job_definition' in input
  )
}
