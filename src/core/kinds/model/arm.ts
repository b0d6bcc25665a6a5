import type { Desired } from '../../model/desired.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { defined } from '../decode.ts'
import type { ArmContext } from '../kind.ts'
import { drop, fold, foldUri, normalForm, ownProperties, type Steps } from '../normal.ts'
import { longUri } from '../reference.ts'

/** What is declared is in use: an asset that was archived comes back when it is declared again. */
export function modelToArm(desired: Pick<Desired, 'spec'>, context: ArmContext): JsonObject {
  const { path, type, description, tags, properties, flavors, stage } = desired.spec
  return {
    properties: defined({
      description,
      tags,
      properties,
      isArchived: false,
      modelType: type,
      modelUri: longUri(String(path), context.workspace),
      flavors: isObject(flavors) ? flavorsOf(flavors) : undefined,
      stage,
    }),
  }
}

function flavorsOf(flavors: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(flavors).map(([name, data]) => [name, { data: data ?? {} }]),
  )
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/systemData': drop,
  '/properties/provisioningState': drop,
  '/properties/jobName': drop,
  '/properties/properties': ownProperties,
  '/properties/modelType': fold,
  '/properties/modelUri': foldUri,
}

export function normaliseModel(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps,
    defaults: { properties: { isAnonymous: false, isArchived: false, modelType: 'custom_model' } },
  })
}
