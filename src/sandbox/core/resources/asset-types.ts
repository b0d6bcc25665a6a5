import { parse } from 'yaml'
import type { Call } from '../call.ts'
import type { Json, JsonObject } from '../contract.ts'
import { objectOf, textOf, without } from '../json.ts'
import { fold } from '../names.ts'
import { shows } from '../operations/builds.ts'

/** What sets one kind of asset apart from the others. */
export interface AssetType {
  readonly collection: 'models' | 'environments' | 'codes' | 'data'
  readonly word: 'Model' | 'Environment' | 'Code' | 'Data'
  /** Members whose content a version keeps for good (FACTS 5.2.6). */
  readonly content: readonly string[]
  /** An update answers 201 like a create (FACTS 0.17). */
  readonly alwaysCreated: boolean
  /** `$top` bounds the whole list (recorded for environments). */
  readonly topIsAll: boolean
  /** What is kept of the properties that a client sent. */
  readonly store: (properties: JsonObject, call: Call) => JsonObject
  /** What the API version of the call shows beyond what is kept. */
  readonly show: (call: Call, properties: JsonObject) => JsonObject
}

const MODEL: AssetType = {
  collection: 'models',
  word: 'Model',
  content: ['modelUri', 'modelType'],
  alwaysCreated: false,
  topIsAll: false,
  store: (properties) => ({
    flavors: {},
    modelType: 'custom_model',
    ...properties,
    modelUri: withArmCase(properties.modelUri),
  }),
  show: (call, properties) => ({
    jobName: properties.jobName ?? null,
    ...succeeded(call),
    ...(shows(call.apiVersion, 'stage') ? { stage: properties.stage ?? 'Development' } : {}),
    ...(call.apiVersion.endsWith('-preview') && shows(call.apiVersion, 'stage')
      ? { autoDeleteSetting: null, intellectualProperty: null }
      : {}),
  }),
}

const ENVIRONMENT: AssetType = {
  collection: 'environments',
  word: 'Environment',
  content: ['image', 'build', 'condaFile', 'osType', 'inferenceConfig'],
  alwaysCreated: true,
  topIsAll: true,
  store: (properties) => ({
    osType: 'Linux',
    ...properties,
    condaFile: condaText(properties.condaFile),
  }),
  show: (call, properties) => ({
    environmentType: 'UserCreated',
    ...(shows(call.apiVersion, 'autoRebuild')
      ? { autoRebuild: properties.autoRebuild ?? 'Disabled' }
      : {}),
    ...succeeded(call),
    ...(shows(call.apiVersion, 'stage') ? { stage: properties.stage ?? 'Development' } : {}),
  }),
}

const CODE: AssetType = {
  collection: 'codes',
  word: 'Code',
  content: ['codeUri'],
  alwaysCreated: false,
  topIsAll: false,
  // Sent as true, it comes back as false (FACTS 1.6).
  store: (properties) => ({ ...properties, isAnonymous: false }),
  show: (call) => succeeded(call),
}

export const DATA_TYPES = ['uri_file', 'uri_folder', 'mltable']

const DATA: AssetType = {
  collection: 'data',
  word: 'Data',
  content: ['dataUri', 'dataType'],
  alwaysCreated: false,
  topIsAll: false,
  store: (properties, call) => ({
    ...properties,
    dataType: fold(DATA_TYPES, properties.dataType) ?? null,
    dataUri: inFull(call, properties.dataUri),
  }),
  show: (call) =>
    shows(call.apiVersion, 'assetPreviews')
      ? { autoDeleteSetting: null, stage: null, intellectualProperty: null }
      : {},
}

/** `azureml://datastores/...` in, the same with the workspace's coordinates out (recorded). */
function inFull(call: Call, uri: Json | undefined): Json {
  const { subscriptionId, resourceGroup, workspace } = call.state.settings
  const full = `azureml://subscriptions/${subscriptionId}/resourcegroups/${resourceGroup}/workspaces/${workspace}/datastores/`
  return textOf(uri)?.replace(/^azureml:\/\/datastores\//, full) ?? null
}

const TYPES = { models: MODEL, environments: ENVIRONMENT, codes: CODE, data: DATA }

/** The row of a call on `models/...`, `environments/...`, `codes/...` or `data/...`. */
export function assetTypeOf(call: Call): AssetType {
  const [collection = ''] = call.type.split('/')
  const type = TYPES[collection as keyof typeof TYPES]
  if (type === undefined) throw new Error(`no asset type ${collection}`)
  return type
}

/** The properties of a version as kept: unknown members too. */
export function storedProperties(call: Call, type: AssetType, sent: JsonObject): JsonObject {
  return {
    isAnonymous: false,
    isArchived: false,
    ...type.store(without(sent, ['provisioningState', 'environmentType']), call),
    description: sent.description ?? null,
    tags: sent.tags ?? {},
    properties: sent.properties ?? {},
  }
}

function succeeded(call: Call): JsonObject {
  return shows(call.apiVersion, 'assetProvisioningState') ? { provisioningState: 'Succeeded' } : {}
}

/** `resourcegroups` in, `resourceGroups` out (FACTS 0.14). */
function withArmCase(uri: Json | undefined): Json {
  return textOf(uri)?.replace('/resourcegroups/', '/resourceGroups/') ?? null
}

/** YAML in, pretty-printed JSON out (FACTS 0.15); text that is no YAML stays as it is; none is the empty text. */
function condaText(value: Json | undefined): string {
  const text = textOf(value)
  if (text === undefined || text.trim() === '') return ''
  try {
    return JSON.stringify(parse(text, { maxAliasCount: 0 }), null, 2)
  } catch {
    return text
  }
}

/** What decides whether a PUT asks for other content than the version has. */
export function contentOf(type: AssetType, properties: JsonObject): JsonObject {
  const entries = type.content.map((name) => [name, properties[name] ?? null] as const)
  return objectOf(Object.fromEntries(entries))
}
