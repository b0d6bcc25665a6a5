import { parse } from 'yaml'
import type { ArmRequest, Json, JsonObject } from './core/contract.ts'
import { type BlobStore, blobPlaceOf } from './scoring/files.ts'

const versionPath = /\/models\/[^/]+\/versions\/[^/?]+(?:\?|$)/i
const charsMax = 1_000_000

/**
 * The PUT of an MLflow model's version with the flavors that its MLmodel file names, as the service fills them in where
 * the client sends none (recorded); every other request as it is.
 */
export async function withFlavors(request: ArmRequest, store: BlobStore): Promise<ArmRequest> {
  if (request.method !== 'PUT' || !versionPath.test(request.url)) return request
  const body = objectIn(request.body)
  const properties = objectIn(body.properties)
  const { modelType, modelUri, flavors } = properties
  const isMlflow = typeof modelType === 'string' && modelType.toLowerCase() === 'mlflow_model'
  if (!isMlflow || typeof modelUri !== 'string' || Object.keys(objectIn(flavors)).length > 0) {
    return request
  }
  const found = flavorsIn(await textAt(modelUri, store))
  return { ...request, body: { ...body, properties: { ...properties, flavors: found } } }
}

/** Empty where the model has no MLmodel file: what is wrong with it shows when it is deployed. */
async function textAt(modelUri: string, { blobs, ...store }: BlobStore): Promise<string> {
  const place = blobPlaceOf(modelUri, { blobs, ...store })
  if (place === undefined) return ''
  const name = `${place.path.replace(/(?<!\/)\/+$/, '')}/MLmodel`
  const isThere = (await blobs.list(place.container, name)).includes(name)
  return isThere ? (await blobs.read(place.container, name)).toString('utf8') : ''
}

function flavorsIn(text: string): JsonObject {
  if (text.length > charsMax) return {}
  const flavors = objectIn(objectIn(contentOf(text)).flavors)
  return Object.fromEntries(
    Object.entries(flavors).map(([name, data]) => [name, { data: textsIn(objectIn(data)) }]),
  )
}

/** A flavor's data is a map of texts (mfe.json); the recorded ones are. What is none is written as JSON here. */
function textsIn(data: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(data)
      .filter(([, value]) => !['', 'null', '~'].includes(String(value)))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

/** All scalars as they are written: a version 1.0 is no number. */
function contentOf(text: string): Json | undefined {
  try {
    return parse(text, { maxAliasCount: 0, schema: 'failsafe' }) as Json
  } catch {
    return undefined
  }
}

function objectIn(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
