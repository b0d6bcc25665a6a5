import type { Desired } from '../../model/desired.ts'
import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { assetToArm, codeToArm } from '../assets.ts'
import { computeIdOf } from '../compute.ts'
import { defined } from '../decode.ts'
import { isoOf } from '../fields/duration.ts'
import type { ArmContext } from '../kind.ts'
import {
  drop,
  duration,
  fold,
  foldId,
  foldLocation,
  normalForm,
  ownProperties,
  type Steps,
} from '../normal.ts'

const OUTPUT_ACTIONS: { readonly [word: string]: string } = {
  append_row: 'AppendRow',
  summary_only: 'SummaryOnly',
}
const LOGGING_LEVELS: { readonly [word: string]: string } = {
  info: 'Info',
  warning: 'Warning',
  debug: 'Debug',
}

/** FACTS 5: everything lies flat in `properties`; the model is a reference by id. */
export function batchDeploymentToArm(
  { spec }: Pick<Desired, 'spec'>,
  context: ArmContext,
): JsonObject {
  const assetId = assetToArm(spec.model, 'Model', context)
  return defined({
    tags: spec.tags,
    properties: defined({
      description: spec.description,
      properties: spec.properties,
      compute:
        typeof spec.compute === 'string' ? computeIdOf(spec.compute, context.workspace) : undefined,
      model: assetId && { referenceType: 'Id', assetId },
      environmentId: assetToArm(spec.environment, 'Environment', context),
      codeConfiguration: codeToArm(spec.code_configuration, context),
      environmentVariables: spec.environment_variables,
      errorThreshold: spec.error_threshold,
      retrySettings: isObject(spec.retry_settings) ? retriesOf(spec.retry_settings) : undefined,
      miniBatchSize: spec.mini_batch_size,
      loggingLevel: LOGGING_LEVELS[String(spec.logging_level)],
      maxConcurrencyPerInstance: spec.max_concurrency_per_instance,
      outputAction: OUTPUT_ACTIONS[String(spec.output_action)],
      outputFileName: spec.output_file_name,
      resources: isObject(spec.resources) ? amountOf(spec.resources) : undefined,
    }),
  })
}

function retriesOf({ max_retries, timeout }: JsonObject): JsonObject {
  return defined({ maxRetries: max_retries, timeout: seconds(timeout) })
}

function seconds(value: Json | undefined): string | undefined {
  return typeof value === 'number' ? isoOf(value * 1000) : undefined
}

function amountOf({ instance_count, instance_type }: JsonObject): JsonObject {
  return defined({ instanceCount: instance_count, instanceType: instance_type })
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/kind': drop,
  '/sku': drop,
  '/systemData': drop,
  '/identity': drop,
  '/location': foldLocation,
  '/properties/provisioningState': drop,
  '/properties/properties': ownProperties,
  '/properties/compute': foldId,
  '/properties/model/referenceType': fold,
  '/properties/model/assetId': foldId,
  '/properties/environmentId': foldId,
  '/properties/codeConfiguration/codeId': foldId,
  '/properties/retrySettings/timeout': duration,
  '/properties/loggingLevel': fold,
  '/properties/outputAction': fold,
  '/properties/resources/instanceType': fold,
}

/** FACTS 1.5: the service fills in exactly these defaults. */
export function normaliseBatchDeployment(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps,
    defaults: {
      properties: {
        errorThreshold: -1,
        retrySettings: { maxRetries: 3, timeout: 30_000 },
        miniBatchSize: 10,
        loggingLevel: 'info',
        maxConcurrencyPerInstance: 1,
        outputAction: 'appendrow',
        outputFileName: 'predictions.csv',
        resources: { instanceCount: 1 },
      },
    },
  })
}
