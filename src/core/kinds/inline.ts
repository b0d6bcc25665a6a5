import type { Upload } from '../model/desired.ts'
import type { JsonObject } from '../model/values/json.ts'
import type { Decoded, FieldIssue, LocalContent } from './kind.ts'

/** Decodes an asset that another manifest declares inline; without a name it gets one made of its content. */
export type InlineDecoder = (
  input: JsonObject,
  content: LocalContent,
) => Decoded | readonly FieldIssue[]

/** The kinds a deployment may declare inline; the table of kinds hands them over. */
export interface InlineAssets {
  readonly model: { readonly decode: InlineDecoder; readonly schema: JsonObject }
  readonly environment: { readonly decode: InlineDecoder; readonly schema: JsonObject }
  readonly code: { readonly decode: InlineDecoder }
  readonly data: { readonly decode: InlineDecoder; readonly schema: JsonObject }
}

export function isIssue(result: Upload | string | FieldIssue): result is FieldIssue {
  return typeof result === 'object' && 'reason' in result
}

export function isIssues(result: Decoded | readonly FieldIssue[]): result is readonly FieldIssue[] {
  return Array.isArray(result)
}

/** Where a content hash puts an upload in the default datastore; a CLI v2 path, so that it can stand in a spec. */
export function uploadUri(upload: Upload): string {
  const { hash, name } = upload
  return `azureml://datastores/workspaceblobstore/paths/LocalUpload/${hash.slice(0, 32)}/${name}`
}

/** Why an upload goes without a file that is there. */
export function leftOut(content: LocalContent, folder: string, file: string): string {
  const rules = content.leavesOut(folder, file)
  return rules === undefined ? '' : ` that is uploaded: ${rules} leaves it out`
}
