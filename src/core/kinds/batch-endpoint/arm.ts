import type { Desired } from '../../model/desired.ts'
import { isObject, type JsonObject } from '../../model/values/json.ts'
import { defined } from '../decode.ts'
import { drop, fold, foldLocation, normalForm, ownProperties, type Steps } from '../normal.ts'

/** FACTS 5. The planner puts the default deployment of the moment in place of this one. */
export function batchEndpointToArm({ spec }: Pick<Desired, 'spec'>): JsonObject {
  const { defaults } = spec
  return defined({
    tags: spec.tags,
    properties: defined({
      authMode: spec.auth_mode === undefined ? undefined : 'AADToken',
      description: spec.description,
      properties: spec.properties,
      defaults: isObject(defaults) ? { deploymentName: defaults.deployment_name } : undefined,
    }),
  })
}

const steps: Steps = {
  '/id': drop,
  '/name': drop,
  '/type': drop,
  '/kind': drop,
  '/sku': drop,
  '/systemData': drop,
  '/identity': drop,
  '/location': foldLocation,
  '/properties/provisioningState': drop,
  '/properties/scoringUri': drop,
  '/properties/swaggerUri': drop,
  '/properties/keys': drop,
  '/properties/properties': ownProperties,
  '/properties/authMode': fold,
  '/properties/defaults/deploymentName': fold,
}

/** The identity of a batch endpoint is None, a test identity or absent, as the build likes (FACTS 1.4). */
export function normaliseBatchEndpoint(body: JsonObject): JsonObject {
  return normalForm(body, {
    steps,
    defaults: { properties: { authMode: 'aadtoken' } },
  })
}
