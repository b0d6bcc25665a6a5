import { isObject } from '../../../src/core/model/values/json.ts'

/** The values of a body that are no objects, by their JSON Pointer; null and what is empty count as absent. */
export function leavesIn(body: unknown): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return
    if (!isObject(value)) {
      leaves.set(path, JSON.stringify(value))
      return
    }
    for (const [key, child] of Object.entries(value))
      walk(child, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
  walk(body, '')
  return leaves
}

/** What Azure alone says, and what it never takes from a client. */
const READ_ONLY = [
  /^\/(id|name|type|kind|systemData)(\/|$)/,
  /^\/properties\/(provisioningState|scoringUri|swaggerUri|properties)(\/|$)/,
  /^\/properties\/environmentVariables\/(AZUREML_MODEL_DIR|AZUREML_ENTRY_SCRIPT|AML_APP_ROOT)$/,
]

/** Weights have rules of their own: a missing share and one of 0 are the same. */
const SHARES = /^\/properties\/(traffic|mirrorTraffic)\//

/** What Azure fills in by itself where nothing is said: to leave it out changes nothing. */
const FILLED_IN: ReadonlySet<string> = new Set(['/properties/egressPublicNetworkAccess "Enabled"'])

export function isFilledIn(pointer: string, value: string): boolean {
  return FILLED_IN.has(`${pointer} ${value}`)
}

export function isReadOnly(pointer: string): boolean {
  return READ_ONLY.some((pattern) => pattern.test(pointer))
}

export function isShare(pointer: string): boolean {
  return SHARES.test(pointer)
}
