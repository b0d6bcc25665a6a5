import type { KindName } from '../model/ref.ts'
import { batchDeployment } from './batch-deployment/index.ts'
import { batchEndpoint } from './batch-endpoint/index.ts'
import { code } from './code/index.ts'
import { decodeCode } from './code/spec.ts'
import { data } from './data/index.ts'
import { environment } from './environment/index.ts'
import { decodeInlineEnvironment } from './environment/spec.ts'
import type { InlineAssets } from './inline.ts'
import type { Kind } from './kind.ts'
import { model } from './model/index.ts'
import { decodeInlineModel } from './model/spec.ts'
import { onlineDeployment } from './online-deployment/index.ts'
import { onlineEndpoint } from './online-endpoint/index.ts'
import { remembering } from './remembering.ts'

const ASSETS: InlineAssets = {
  model: { decode: decodeInlineModel, schema: inlineOf(model) },
  environment: { decode: decodeInlineEnvironment, schema: inlineOf(environment) },
  code: { decode: decodeCode },
  data: { decode: data.decode, schema: inlineOf(data) },
}

/** The table of kinds: the only place that knows them all. */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  OnlineEndpoint: remembering(onlineEndpoint),
  OnlineDeployment: remembering(onlineDeployment(ASSETS)),
  BatchEndpoint: remembering(batchEndpoint),
  BatchDeployment: remembering(batchDeployment(ASSETS)),
  Model: remembering(model),
  Environment: remembering(environment),
  Data: remembering(data),
  Code: remembering(code),
}

/** Inline, an asset may go without a name: then it gets one made of its content, or of where it is declared. */
function inlineOf(kind: Kind): ReturnType<Kind['jsonSchema']> {
  const { required, $schema: _, ...schema } = kind.jsonSchema()
  const others = Array.isArray(required) ? required.filter((name) => name !== 'name') : []
  return { ...schema, required: others }
}
