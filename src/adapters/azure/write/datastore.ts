import { isObject, type JsonObject } from '../../../core/model/values/json.ts'

/** The workspace's default blob store, to which everything but code is uploaded (FACTS 5.2). */
export const DATASTORE = 'workspaceblobstore'

/** Whether a datastore, by its `properties`, is entered by the caller's identity, and has no key. */
export function isEnteredByIdentity({ credentials }: JsonObject): boolean {
  return isObject(credentials) && credentials.credentialsType === 'None'
}
