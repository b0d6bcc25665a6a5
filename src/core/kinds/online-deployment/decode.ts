import type { z } from 'zod'
import { type JsonObject, textIn } from '../../model/values/json.ts'
import { broughtBy, runsOf, soundFields } from '../assets.ts'
import { defined, fieldsOf } from '../decode.ts'
import type { InlineAssets } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'
import { collectedData } from './collector.ts'
import { type kubernetesDeploymentSchema, kubernetesIssues } from './kubernetes.ts'
import type { managedDeploymentSchema } from './managed.ts'

export interface DeploymentSchemas {
  readonly managed: ReturnType<typeof managedDeploymentSchema>
  readonly kubernetes: ReturnType<typeof kubernetesDeploymentSchema>
}

/** Assets declared inline become resources of their own; the spec then names them like registered ones. */
export function decodeDeployment(
  input: JsonObject,
  content: LocalContent,
  assets: InlineAssets,
  schemas: DeploymentSchemas,
): Decoded | readonly FieldIssue[] {
  const isKubernetes = /^kubernetes$/i.test(textIn(input.type))
  const read = fieldsOf<Fields>(isKubernetes ? schemas.kubernetes : schemas.managed, input)
  const wrong = 'issues' in read ? read.issues : []
  // Assets are read even when other fields are wrong: all issues are told at once.
  const sound = soundFields(input, wrong)
  const runs = runsOf(sound, content, assets)
  const names = { endpoint: textIn(sound.endpoint_name), deployment: textIn(sound.name) }
  const fields = 'value' in read ? read.value : undefined
  const collected = collectedData(fields?.data_collector, names, content, assets)
  const used = [...runs.all, ...collected.all]
  const issues = [
    ...wrong,
    ...used.flatMap((one) => one.issues),
    ...(isKubernetes && fields !== undefined ? kubernetesIssues(fields) : []),
  ]
  if (fields === undefined || issues.length > 0) return issues
  const { name, endpoint_name, $schema: _, ...rest } = fields
  const brought = broughtBy(used)
  return {
    ref: { kind: 'OnlineDeployment', name, parent: endpoint_name },
    spec: defined({
      ...rest,
      type: isKubernetes ? 'kubernetes' : 'managed',
      data_collector: collected.spec,
      ...runs.spec,
    }),
    ...brought,
    dependsOn: [{ kind: 'OnlineEndpoint', name: endpoint_name }, ...brought.dependsOn],
  }
}

type Fields = z.output<DeploymentSchemas[keyof DeploymentSchemas]>
