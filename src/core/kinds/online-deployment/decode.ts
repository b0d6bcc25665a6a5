import type { LabelRef } from '../../model/desired.ts'
import { isObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Ref } from '../../model/ref.ts'
import { at, defined, fieldsOf } from '../decode.ts'
import { type InlineAssets, type InlineDecoder, isIssues } from '../inline.ts'
import type { Decoded, FieldIssue, LocalContent } from '../kind.ts'
import { type AssetKind, referenceOf, referenceText } from '../reference.ts'
import { shown } from '../shown.ts'
import type { DeploymentFields, DeploymentSchema } from './spec.ts'

/** One asset of a deployment: the text that stands for it in the spec, and what it brings along. */
interface Used {
  readonly text?: string
  readonly ref?: Ref
  readonly label?: LabelRef
  readonly inline: Decoded['inline']
  readonly issues: readonly FieldIssue[]
}

const NOTHING: Used = { inline: [], issues: [] }

/** Assets declared inline become resources of their own; the spec then names them like registered ones. */
export function decodeDeployment(
  input: JsonObject,
  content: LocalContent,
  assets: InlineAssets,
  schema: DeploymentSchema,
): Decoded | readonly FieldIssue[] {
  const read = fieldsOf(schema, input)
  const wrong = 'issues' in read ? read.issues : []
  // Assets are read even when other fields are wrong: all issues are told at once.
  const sound = (name: string) => !wrong.some(({ path }) => path[0] === name)
  const given = (name: string) => (sound(name) ? input[name] : undefined)
  const model = used(given('model'), 'Model', ['model'], content, assets.model.decode)
  const environment = used(
    given('environment'),
    'Environment',
    ['environment'],
    content,
    assets.environment.decode,
  )
  const code = codeOf(given('code_configuration'), content, assets.code.decode)
  const all = [model, environment, code]
  const issues = [...wrong, ...all.flatMap((one) => one.issues)]
  if ('issues' in read || issues.length > 0) return issues
  const fields = read.value
  const data = collectorIssues(fields)
  if (data.length > 0) return data
  const { name, endpoint_name, $schema: _, code_configuration, ...rest } = fields
  const script = code_configuration?.scoring_script
  const spec = defined({
    ...rest,
    type: fields.type ?? 'managed',
    model: model.text,
    environment: environment.text,
    code_configuration: script && defined({ code: code.text, scoring_script: script }),
  })
  return {
    ref: { kind: 'OnlineDeployment', name, parent: endpoint_name },
    spec,
    dependsOn: [
      { kind: 'OnlineEndpoint', name: endpoint_name },
      ...all.flatMap((one) => (one.ref === undefined ? [] : [one.ref])),
    ],
    labels: all.flatMap((one) => (one.label === undefined ? [] : [one.label])),
    inline: all.flatMap((one) => one.inline),
  }
}

function used(
  value: Json | undefined,
  kind: AssetKind,
  path: readonly string[],
  content: LocalContent,
  decode: InlineDecoder,
): Used {
  if (isObject(value)) return declared(decode(value, content), path)
  if (typeof value !== 'string') return NOTHING
  const reference = referenceOf(value, kind)
  if (typeof reference === 'string') {
    const message = `"${path.at(-1)}" ${reference}`
    return { inline: [], issues: [{ path, reason: 'InvalidReference', message }] }
  }
  const text = referenceText(reference)
  if (reference.form === 'version') {
    const { name, version } = reference
    return { ...NOTHING, text, ref: { kind, name, version } }
  }
  if (reference.form === 'id') return { ...NOTHING, text }
  if (kind === 'Code') {
    const message = `"${path.at(-1)}" needs a version: codes have no labels`
    return { inline: [], issues: [{ path, reason: 'InvalidReference', message }] }
  }
  return { ...NOTHING, text, label: { kind, name: reference.name, label: reference.label } }
}

function declared(decoded: Decoded | readonly FieldIssue[], path: readonly string[]): Used {
  if (isIssues(decoded)) return { inline: [], issues: decoded.map((issue) => at(issue, path)) }
  const { ref, spec, dependsOn, labels, upload, inline } = decoded
  const version = ref.version ?? ''
  const own = { ref, spec, dependsOn, labels, ...(upload === undefined ? {} : { upload }) }
  return {
    text: referenceText({ form: 'version', name: ref.name, version }),
    ref,
    inline: [...inline, own],
    issues: [],
  }
}

function codeOf(
  configuration: Json | undefined,
  content: LocalContent,
  decode: InlineDecoder,
): Used {
  const code = isObject(configuration) ? configuration.code : undefined
  const script = isObject(configuration) ? configuration.scoring_script : undefined
  if (typeof code !== 'string' || typeof script !== 'string') return NOTHING
  const path = ['code_configuration', 'code']
  if (/^azureml:|^\/subscriptions\//i.test(code)) return used(code, 'Code', path, content, decode)
  const decoded = decode({ path: code }, content)
  if (isIssues(decoded)) return { inline: [], issues: decoded.map((issue) => ({ ...issue, path })) }
  if (!decoded.upload?.files.some((file) => file.path === script.replace(/^\.\//, ''))) {
    const message = `there is no ${shown(script)} in the code folder`
    const place = ['code_configuration', 'scoring_script']
    return { inline: [], issues: [{ path: place, reason: 'FileNotFound', message }] }
  }
  return declared(decoded, path)
}

/** The data asset of a collection would have to be registered first (FACTS 5). */
function collectorIssues(fields: DeploymentFields): readonly FieldIssue[] {
  const collections = Object.entries(fields.data_collector?.collections ?? {})
  return collections
    .filter(([, collection]) => collection.data !== undefined)
    .map(([name]) => ({
      path: ['data_collector', 'collections', name, 'data'],
      reason: 'FieldNotSupported',
      message: '"data" needs a data asset, and data assets are not supported yet',
    }))
}
