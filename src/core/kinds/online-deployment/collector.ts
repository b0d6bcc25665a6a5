import { isObject, type Json, type JsonObject } from '../../model/values/json.ts'
import { assetToArm, type Used, usedAsset } from '../assets.ts'
import { defined } from '../decode.ts'
import type { InlineAssets } from '../inline.ts'
import type { ArmContext, LocalContent } from '../kind.ts'
import { capital } from './words.ts'

interface Collected {
  /** `data_collector` with every `data` as the text of a reference. */
  readonly spec: JsonObject | undefined
  readonly all: readonly Used[]
}

/** The data assets that collections are found as; what a declaration leaves out is as the CLI has it (FACTS 5). */
export function collectedData(
  collector: object | undefined,
  names: { readonly endpoint: string; readonly deployment: string },
  content: LocalContent,
  assets: InlineAssets,
): Collected {
  if (!isObject(collector)) return { spec: undefined, all: [] }
  const collections = asObject(collector.collections)
  const read = Object.entries(collections).map(([name, collection]) => {
    const data = asObject(collection).data
    const { endpoint, deployment } = names
    const usual = {
      name: `${endpoint}-${deployment}-${name}`,
      version: '1',
      path: `azureml://datastores/workspaceblobstore/paths/modelDataCollector/${endpoint}/${deployment}/${name}`,
    }
    const given = isObject(data) ? { ...usual, ...data } : data
    const path = ['data_collector', 'collections', name, 'data']
    const used = usedAsset(given, 'Data', path, content, assets.data.decode)
    return { name, used, spec: { ...asObject(collection), ...defined({ data: used.text }) } }
  })
  const drawn = Object.fromEntries(read.map(({ name, spec }) => [name, spec]))
  return { spec: { ...collector, collections: drawn }, all: read.map(({ used }) => used) }
}

/** The collector's sampling rate is copied into every collection (FACTS 5). */
export function collectorToArm(collector: JsonObject, context: ArmContext): JsonObject {
  const headers = asObject(collector.request_logging).capture_headers
  return defined({
    collections: Object.fromEntries(
      Object.entries(asObject(collector.collections)).map(([name, collection]) => [
        name,
        collectionToArm(asObject(collection), collector.sampling_rate, context),
      ]),
    ),
    rollingRate: capital(collector.rolling_rate),
    requestLogging: headers ? { captureHeaders: headers } : undefined,
  })
}

function collectionToArm(
  collection: JsonObject,
  rate: Json | undefined,
  context: ArmContext,
): JsonObject {
  return defined({
    dataCollectionMode: collection.enabled === true ? 'Enabled' : 'Disabled',
    samplingRate: rate,
    clientId: collection.client_id,
    dataId: assetToArm(collection.data, 'Data', context),
  })
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}
