import type { z } from 'zod'
import type { JsonObject } from '../../model/values/json.ts'
import { defined, fieldsOf } from '../decode.ts'
import type { Decoded, FieldIssue } from '../kind.ts'
import { kubernetesEndpointSchema } from './kubernetes.ts'
import { managedEndpointSchema } from './managed.ts'
import { folded, trafficIssues, weightsIn } from './traffic.ts'

type Fields = z.output<typeof managedEndpointSchema> | z.output<typeof kubernetesEndpointSchema>

/** An endpoint with a `compute` is one on Kubernetes. */
export function decodeEndpoint(input: JsonObject): Decoded | readonly FieldIssue[] {
  const isKubernetes = input.compute !== undefined
  const fields = fieldsOf<Fields>(
    isKubernetes ? kubernetesEndpointSchema : managedEndpointSchema,
    input,
  )
  // Weights are judged even when other fields are wrong: all issues are told at once.
  const mirror = isKubernetes ? {} : weightsIn(input.mirror_traffic)
  const issues = trafficIssues(weightsIn(input.traffic), mirror)
  if ('issues' in fields) return [...fields.issues, ...issues]
  if (issues.length > 0) return issues
  const { name, $schema: _, traffic, mirror_traffic, ...rest } = fields.value
  const weighed = { traffic: folded(traffic), mirror_traffic: folded(mirror_traffic) }
  const ref = { kind: 'OnlineEndpoint', name } as const
  return { ref, spec: defined({ ...rest, ...weighed }), dependsOn: [], labels: [], inline: [] }
}
