import { KINDS } from '../../src/core/kinds/index.ts'
import type { LocalContent } from '../../src/core/kinds/kind.ts'
import type { Desired, Policy } from '../../src/core/model/desired.ts'
import type { KindName } from '../../src/core/model/ref.ts'
import { hashOf } from '../../src/core/model/values/hash.ts'
import type { JsonObject } from '../../src/core/model/values/json.ts'

/** Any local path holds something: its content is its name. */
const CONTENT: LocalContent = {
  upload: (path) => ({
    name: path.split('/').filter(Boolean).at(-1) ?? 'root',
    isFolder: true,
    hash: hashOf(path),
    files: [{ path: 'score.py', blob: hashOf(path, 40), size: 10 }],
  }),
  leavesOut: () => undefined,
  manifest: (_, path) => ({ path, reason: 'FileNotFound', message: 'no other file is there' }),
  data: () => ({ data: { name: 'env', dependencies: [] } }),
}

/** Decodes CLI v2 fields as a manifest would be, and fails the test when they are wrong. Inline assets come along. */
export function desiredOf(kind: KindName, fields: JsonObject, policy: Policy = {}): Desired[] {
  const decoded = KINDS[kind].decode(fields, CONTENT)
  if (!('ref' in decoded)) throw new Error(JSON.stringify(decoded))
  const at = { file: `${String(fields.name)}.yml`, line: 1, column: 1 }
  const { inline, ...own } = decoded
  return [{ ...own, policy, at }, ...inline.map((part) => ({ ...part, policy: {}, at }))]
}

export function endpoint(name: string, fields: JsonObject = {}, policy: Policy = {}): Desired {
  const [desired] = desiredOf('OnlineEndpoint', { name, auth_mode: 'key', ...fields }, policy)
  if (desired === undefined) throw new Error('an endpoint decodes to itself')
  return desired
}

export function deployment(
  parent: string,
  name: string,
  fields: JsonObject = {},
  policy: Policy = {},
): Desired {
  const [desired] = desiredOf(
    'OnlineDeployment',
    {
      name,
      endpoint_name: parent,
      model: 'azureml:fraud:1',
      environment: 'azureml:fraud-env:1',
      instance_type: 'Standard_DS3_v2',
      instance_count: 1,
      ...fields,
    },
    policy,
  )
  if (desired === undefined) throw new Error('a deployment decodes to itself')
  return { ...desired, dependsOn: [{ kind: 'OnlineEndpoint', name: parent }] }
}
