import type { Desired } from '../../model/desired.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { defined } from '../decode.ts'
import { drop, normalForm, ownProperties, type Steps } from '../normal.ts'

/**
 * Without `codeUri`: the Azure adapter asks startPendingUpload where the content goes and fills it in. The hash is ours,
 * not the CLI's 202208 algorithm, and says so, because other clients search codes by hash and version of the hash.
 */
export function codeBody(desired: Pick<Desired, 'spec'>): JsonObject {
  const { hash, description, tags } = desired.spec
  return {
    properties: defined({
      description,
      tags,
      properties: { hash_sha256: hash, hash_version: 'verdigris-1' },
    }),
  }
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/systemData': drop,
  '/properties/provisioningState': drop,
  '/properties/properties': ownProperties,
}

export function normaliseCode(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps,
    defaults: { properties: { isAnonymous: false, isArchived: false } },
  })
}
