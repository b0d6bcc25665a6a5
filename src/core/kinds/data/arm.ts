import type { Desired } from '../../model/desired.ts'
import type { JsonObject } from '../../model/values/json.ts'
import { defined } from '../decode.ts'
import type { ArmContext } from '../kind.ts'
import { drop, fold, foldUri, normalForm, ownProperties, type Steps } from '../normal.ts'
import { longUri } from '../reference.ts'

/** What is declared is in use: an asset that was archived comes back when it is declared again. */
export function dataToArm(desired: Pick<Desired, 'spec'>, context: ArmContext): JsonObject {
  const { path, type, description, tags, properties } = desired.spec
  return {
    properties: defined({
      description,
      tags,
      properties,
      isArchived: false,
      dataType: type,
      dataUri: longUri(String(path), context.workspace),
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
  '/properties/dataType': fold,
  '/properties/dataUri': foldUri,
}

export function normaliseData(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps,
    defaults: { properties: { isAnonymous: false, isArchived: false } },
  })
}
