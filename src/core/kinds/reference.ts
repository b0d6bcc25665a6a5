import type { LabelRef } from '../model/desired.ts'
import type { Workspace } from '../model/live.ts'
import { checkAssetName, checkVersion } from './fields/names.ts'
import type { ArmContext } from './kind.ts'

export type AssetKind = 'Model' | 'Environment' | 'Code' | 'Data'

/** A way to name an asset that exists, or will, when it is needed (FACTS 5.1). */
export type AssetReference =
  | { readonly form: 'version'; readonly name: string; readonly version: string }
  | { readonly form: 'label'; readonly name: string; readonly label: string }
  /** An ARM id, or a registry URI: passed through as it is. */
  | { readonly form: 'id'; readonly id: string }

const COLLECTIONS = {
  Model: 'models',
  Environment: 'environments',
  Code: 'codes',
  Data: 'data',
} as const
const ARM_ID =
  /^\/subscriptions\/[^/]{1,100}\/resourceGroups\/[^/]{1,100}\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]{1,100}\/(models|environments|codes|data)\/[^/]{1,255}\/versions\/[^/]{1,255}$/i
const REGISTRY =
  /^azureml:\/\/registries\/[^/]{1,100}\/(models|environments|codes|data)\/[^/]{1,255}\/(?:versions|labels)\/[^/]{1,255}$/i

/**
 * Takes the text of a reference, with or without its `azureml:`, as manifests and specs hold it; gives what it names, or
 * a sentence that says what is wrong with it. A bare `azureml:name` means its latest version.
 */
export function referenceOf(text: string, kind: AssetKind): AssetReference | string {
  const id = text.replace(/^azureml:(?=\/subscriptions\/)/i, '')
  const inId = ARM_ID.exec(id) ?? REGISTRY.exec(id)
  if (inId !== null) {
    const right = inId[1]?.toLowerCase() === COLLECTIONS[kind]
    return right ? { form: 'id', id } : `must name one of ${COLLECTIONS[kind]}, not of ${inId[1]}`
  }
  if (!text.startsWith('azureml:') || text.startsWith('azureml://')) {
    return `must be "azureml:name:version", "azureml:name@latest", an ARM id, a registry URI, or a mapping`
  }
  return named(text.slice('azureml:'.length))
}

function named(text: string): AssetReference | string {
  const label = text.split('@')
  const version = text.split(':')
  if (label.length === 2) return labelled(label[0] ?? '', label[1] ?? '')
  if (version.length === 1) return labelled(text, 'latest')
  const [name = '', number = ''] = version
  const wrong = checkAssetName(name) ?? (version.length === 2 ? undefined : 'has too many ":"')
  if (wrong !== undefined) return `the name ${wrong}`
  if (number === 'latest')
    return `"latest" is a label, not a version: write "azureml:${name}@latest"`
  const wrongVersion = checkVersion(number)
  return wrongVersion === undefined
    ? { form: 'version', name, version: number }
    : `the version ${wrongVersion}`
}

function labelled(name: string, label: string): AssetReference | string {
  const wrong = checkAssetName(name)
  if (wrong !== undefined) return `the name ${wrong}`
  return checkVersion(label) === undefined
    ? { form: 'label', name, label }
    : 'the label may hold letters, digits, "-", "_" and "." only'
}

/** The one text of a reference in a spec: `azureml:name:version`, `azureml:name@label`, or the id. */
export function referenceText(reference: AssetReference): string {
  if (reference.form === 'id') return reference.id
  return reference.form === 'label'
    ? `azureml:${reference.name}@${reference.label}`
    : `azureml:${reference.name}:${reference.version}`
}

/**
 * What ARM gets for a reference in a spec. Curated environments go as `azureml:AzureML-…:n`, which the service keeps so
 * (FACTS 5.1). A label that does not resolve stays as it is: the plan holds such a resource and never sends it.
 */
export function armIdOf(text: string, kind: AssetKind, context: ArmContext): string {
  const reference = referenceOf(text, kind)
  if (typeof reference === 'string' || reference.form === 'id')
    return referenceTextOr(reference, text)
  const { name } = reference
  const version =
    reference.form === 'version' ? reference.version : latest(reference, kind, context)
  if (version === undefined) return text
  if (kind === 'Environment' && name.startsWith('AzureML-')) return `azureml:${name}:${version}`
  return `${context.workspace.id}/${COLLECTIONS[kind]}/${name}/versions/${version}`
}

function referenceTextOr(reference: AssetReference | string, text: string): string {
  return typeof reference === 'string' ? text : referenceText(reference)
}

function latest(
  reference: { readonly name: string; readonly label: string },
  kind: AssetKind,
  context: ArmContext,
): string | undefined {
  if (kind === 'Code' || kind === 'Data') return undefined
  return context.version({ kind, name: reference.name, label: reference.label } satisfies LabelRef)
}

/** `azureml://datastores/D/paths/P` written out for the workspace; every other URI stays as it is. */
export function longUri(uri: string, workspace: Workspace): string {
  if (!/^azureml:\/\/datastores\//i.test(uri)) return uri
  const { subscriptionId, resourceGroup, name } = workspace
  const rest = uri.slice('azureml://'.length)
  return `azureml://subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/workspaces/${name}/${rest}`
}
