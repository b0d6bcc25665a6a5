import { isObject, type Json, type JsonObject, textIn } from '../../model/values/json.ts'
import { broughtBy, runsOf, soundFields } from '../assets.ts'
import { defined, fieldsOf } from '../decode.ts'
import type { InlineAssets } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'
import {
  type BatchDeploymentFields,
  type BatchDeploymentSchema,
  isPipeline,
  scoring,
} from './spec.ts'

/** The fields that may stand at the root or below `settings`, not in both places. */
const HOISTED = [...Object.keys(scoring), 'environment_variables']

/** Both layouts become one spec: the fields of `settings` at its root, the instance count below `resources`. */
export function decodeBatchDeployment(
  input: JsonObject,
  content: LocalContent,
  assets: InlineAssets,
  schema: BatchDeploymentSchema,
): Decoded | readonly FieldIssue[] {
  if (isPipeline(input)) return [pipelineIssue(input)]
  const read = fieldsOf(schema, input)
  const wrong = 'issues' in read ? read.issues : []
  const runs = runsOf(soundFields(input, wrong), content, assets)
  const issues = [
    ...wrong,
    ...runs.all.flatMap((one) => one.issues),
    ...layoutIssues(input),
    ...outputIssues(input),
  ]
  if ('issues' in read || issues.length > 0) return issues
  const { name, endpoint_name, ...fields } = read.value
  const brought = broughtBy(runs.all)
  return {
    ref: { kind: 'BatchDeployment', name, parent: endpoint_name },
    spec: { ...hoisted(fields), ...runs.spec },
    ...brought,
    dependsOn: [{ kind: 'BatchEndpoint', name: endpoint_name }, ...brought.dependsOn],
  }
}

function hoisted(fields: Omit<BatchDeploymentFields, 'name' | 'endpoint_name'>): JsonObject {
  const { $schema: _, settings, resources, type: _type, ...rest } = fields
  const { instance_count, ...scored } = settings ?? {}
  const amount = defined({ ...resources, ...(instance_count && { instance_count }) })
  return {
    ...defined(rest),
    ...defined(scored),
    ...(Object.keys(amount).length > 0 ? { resources: amount } : {}),
  }
}

function pipelineIssue(input: JsonObject): FieldIssue {
  const field = ['component', 'job_definition'].find((name) => name in input) ?? 'type'
  const message = 'pipeline batch deployment is not supported yet'
  return { path: [field], reason: 'KindNotSupported', message }
}

/** FACTS 5: with `type: model` the CLI has them in `settings`, without it at the root. */
function placeIssues(input: JsonObject): readonly FieldIssue[] {
  const reason = 'MisplacedField'
  if (input.type !== 'model') {
    const message = '"settings" needs "type: model"; without it, its fields stand at the root'
    return 'settings' in input ? [{ path: ['settings'], reason, message }] : []
  }
  return Object.keys(scoring)
    .filter((name) => name in input)
    .map((name) => {
      const message = `"${name}" belongs below "settings" where "type: model" is said`
      return { path: [name], reason, message }
    })
}

/** A value in both places is two answers to one question, unless they are the same. */
function layoutIssues(input: JsonObject): readonly FieldIssue[] {
  const misplaced = placeIssues(input)
  if (misplaced.length > 0) return misplaced
  const settings = asObject(input.settings)
  const twice = HOISTED.filter((name) => name in settings && name in input)
  const issues = twice.map((name) => conflict(name, `"${name}" is at the root and in settings`))
  const count = asObject(input.resources).instance_count
  const other = settings.instance_count
  if (count === undefined || other === undefined || textIn(count) === textIn(other)) return issues
  return [...issues, conflict('instance_count', '"instance_count" differs in resources')]
}

function conflict(name: string, message: string): FieldIssue {
  return { path: ['settings', name], reason: 'ConflictingFields', message }
}

/** FACTS 5: the CLI refuses a name for a file that is not written. */
function outputIssues(input: JsonObject): readonly FieldIssue[] {
  const settings = asObject(input.settings)
  const action = textIn(settings.output_action ?? input.output_action)
  if (action.replaceAll(/[-_ ]/g, '').toLowerCase() !== 'summaryonly') return []
  const inSettings = 'output_file_name' in settings
  if (!inSettings && !('output_file_name' in input)) return []
  const path = inSettings ? ['settings', 'output_file_name'] : ['output_file_name']
  const message = '"output_file_name" is for append_row: summary_only writes no such file'
  return [{ path, reason: 'ConflictingFields', message }]
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}
