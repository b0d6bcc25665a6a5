import { z } from 'zod'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import type { InlineAssets } from '../inline.ts'
import { field, properties, prose, tags, text, texts, wrong } from './fields.ts'
import { checkOnlineName } from './names.ts'

/** Who a deployment is: the same for every sort of endpoint. */
export const naming = {
  $schema: z.string().optional().describe('Ignored, save that it tells the kind.'),
  name: text(32, checkOnlineName, 'InvalidName').describe('Name, unique in the endpoint.'),
  endpoint_name: text(32, checkOnlineName, 'InvalidName').describe('The endpoint it belongs to.'),
  description: prose(4096).optional().describe('Free text.'),
  tags: tags().optional().describe('Tags of the resource.'),
  properties: properties().optional().describe('Properties; they can be added, never changed.'),
}

export function environmentVariables() {
  return texts({ entries: 500, key: 1024, value: 32_768 })
    .optional()
    .describe('Environment variables of the container.')
}

/** What a deployment runs. Takes the schemas of the assets that may be declared inline. */
export function running({ model, environment }: InlineAssets) {
  return {
    model: asset(model.schema).optional().describe('A registered model, or one declared here.'),
    environment: asset(environment.schema)
      .optional()
      .describe(
        'A registered environment, one declared here, or `file:` and the path of a file that declares one. MLflow models need none.',
      ),
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
    environment_variables: environmentVariables(),
  }
}

/** Text, or a mapping that declares the asset here; read further by the asset's own kind. */
export function asset(inline: JsonObject) {
  return field<string | JsonObject>({ anyOf: [{ type: 'string' }, inline] }, (value) =>
    (typeof value === 'string' && value !== '') || isObject(value)
      ? value
      : wrong('must be a reference such as "azureml:name:1", or a mapping'),
  )
}
