import { z } from 'zod'
import { naming, running } from '../fields/deployment-fields.ts'
import { text, wholeNumber } from '../fields/fields.ts'
import { oneOf } from '../fields/word-fields.ts'
import type { InlineAssets } from '../inline.ts'
import type { FieldIssue } from '../kind.ts'
import { printedDeployment, serving } from './fields.ts'

/** Kubernetes quantities: `0.5`, `200m`, `1.5Gi`. */
const QUANTITY = /^\d{1,12}(?:\.\d{1,9})?(?:m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/

function quantity() {
  return text(32, (value) =>
    QUANTITY.test(value) ? undefined : 'must be a Kubernetes quantity such as "200m" or "1Gi"',
  )
}

const amounts = z.strictObject({
  cpu: quantity().optional().describe('Cores, for example `"0.5"` or `"200m"`.'),
  memory: quantity().optional().describe('Memory, for example `"1Gi"`.'),
  'nvidia.com/gpu': quantity().optional().describe('GPUs, for example `"1"`.'),
})

const scaling = z
  .strictObject({
    type: oneOf(['default', 'target_utilization'], 'camel case').describe(
      'A fixed number of instances, or as many as the use of the processors asks for.',
    ),
    min_instances: wholeNumber(0, 10_000).optional().describe('Fewest instances. Default 1.'),
    max_instances: wholeNumber(1, 10_000).optional().describe('Most instances. Default 1.'),
    target_utilization_percentage: wholeNumber(1, 100)
      .optional()
      .describe('Use of the processors to aim at. Default 70.'),
    polling_interval: wholeNumber(1, 86_400)
      .optional()
      .describe('Seconds between looks. Default 1.'),
  })
  .superRefine(({ type, ...rest }, context) => {
    if (type === 'target_utilization') return
    for (const [name, value] of Object.entries(rest)) {
      if (value === undefined) continue
      const params = { reason: 'ConflictingFields' }
      const message = 'is for the type target_utilization only'
      context.addIssue({ code: 'custom', message, path: [name], params })
    }
  })

/** Takes the schemas of the assets that may be declared inline. */
export function kubernetesDeploymentSchema(assets: InlineAssets) {
  return z
    .strictObject({
      ...naming,
      type: oneOf(['kubernetes'], 'as it is').describe('Always `kubernetes`.'),
      ...running(assets),
      instance_type: text(128)
        .optional()
        .describe('Name of an instance type of the cluster. It cannot be changed in place.'),
      ...serving(assets),
      resources: z
        .strictObject({
          requests: amounts.optional().describe('What a container is sure to get.'),
          limits: amounts.optional().describe('What it may take at most.'),
        })
        .optional()
        .describe('Resources of one container.'),
      scale_settings: scaling.optional().describe('How it scales.'),
      ...printedDeployment,
    })
    .describe('A deployment of a Kubernetes online endpoint.')
}

/** FACTS 4: the two names share 62 characters. FACTS 5.1: assets of registries cannot be used. */
export function kubernetesIssues(fields: {
  readonly name: string
  readonly endpoint_name: string
  readonly model?: unknown
  readonly environment?: unknown
  readonly code_configuration?: { readonly code?: string | undefined } | undefined
}): readonly FieldIssue[] {
  const issues: FieldIssue[] = []
  const length = fields.name.length + fields.endpoint_name.length
  if (length > 62) {
    const message = `"name" and "endpoint_name" may have 62 characters together on Kubernetes, not ${length}`
    issues.push({ path: ['name'], reason: 'InvalidName', message })
  }
  const used: readonly (readonly [value: unknown, ...path: string[]])[] = [
    [fields.model, 'model'],
    [fields.environment, 'environment'],
    [fields.code_configuration?.code, 'code_configuration', 'code'],
  ]
  for (const [value, ...path] of used) {
    if (typeof value !== 'string' || !/^azureml:\/\/registries\//i.test(value)) continue
    const message = `"${path.at(-1)}" is in a registry, and Kubernetes deployments cannot use registries: register it in the workspace`
    issues.push({ path, reason: 'RegistryNotSupported', message })
  }
  return issues
}
