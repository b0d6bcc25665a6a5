import type { KindName } from '../model/ref.ts'
import { code } from './code/index.ts'
import { decodeCode } from './code/spec.ts'
import { environment } from './environment/index.ts'
import { decodeInlineEnvironment } from './environment/spec.ts'
import type { Kind } from './kind.ts'
import { model } from './model/index.ts'
import { decodeInlineModel } from './model/spec.ts'
import { onlineDeployment } from './online-deployment/index.ts'
import { onlineEndpoint } from './online-endpoint/index.ts'

/** The table of kinds: the only place that knows them all. */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  OnlineEndpoint: onlineEndpoint,
  OnlineDeployment: onlineDeployment({
    model: { decode: decodeInlineModel, schema: inlineOf(model) },
    environment: { decode: decodeInlineEnvironment, schema: inlineOf(environment) },
    code: { decode: decodeCode },
  }),
  Model: model,
  Environment: environment,
  Code: code,
}

/** Inline, an asset may go without a name: then it gets one made of its content. */
function inlineOf(kind: Kind): ReturnType<Kind['jsonSchema']> {
  const { required, $schema: _, ...schema } = kind.jsonSchema()
  const others = Array.isArray(required) ? required.filter((name) => name !== 'name') : []
  return { ...schema, required: others }
}
