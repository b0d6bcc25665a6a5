import type { Desired } from '../../model/desired.ts'
import type { JsonObject } from '../../model/json.ts'
import { defined } from '../decode.ts'
import type { ArmContext } from '../kind.ts'
import { drop, fold, foldUri, normalForm, ownProperties } from '../normal.ts'
import { longUri } from '../reference.ts'

/** What is declared is in use: an asset that was archived comes back when it is declared again. */
export function dataToArm(desired: Desired, context: ArmContext): JsonObject {
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

export function normaliseData(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps: {
      '/id': drop,
      '/name': drop,
      '/type': drop,
      '/systemData': drop,
      '/properties/provisioningState': drop,
      '/properties/properties': ownProperties,
      '/properties/dataType': fold,
      '/properties/dataUri': foldUri,
    },
    defaults: { properties: { isAnonymous: false, isArchived: false } },
  })
}
