import { shown } from '../../kinds/fields/shown.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import type { Complaint } from './content.ts'
import { problemText } from './data.ts'
import type { ManifestFile } from './documents.ts'

/** The fields of a manifest that lies in a file of its own and is taken in by another one (`file:./env.yml`). */
export function fieldsIn(
  file: ManifestFile | undefined,
  path: string,
): { readonly fields: JsonObject } | Complaint {
  if (file === undefined) {
    const message = `there is no ${shown(path)} (YAML files under the Application's path are read)`
    return { reason: 'FileNotFound', message }
  }
  const [first, second] = file.documents
  const [problem] = [...file.problems, ...(first?.values.problems ?? [])]
  if (problem !== undefined) return { reason: problem.reason, message: problemText(problem) }
  const wrong = (what: string) => ({
    reason: 'InvalidReference',
    message: `${shown(path)} must be one manifest as the CLI reads it: ${what}`,
  })
  if (first === undefined || second !== undefined) return wrong('it is not one YAML document')
  if (first.document.is === 'envelope') return wrong('it has an envelope (apiVersion)')
  const { value } = first.values
  return isObject(value) ? { fields: value } : wrong('it is no mapping')
}
