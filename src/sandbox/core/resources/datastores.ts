import { page } from '../answers/paging.ts'
import { type Answer, type Call, param, requestBody } from '../call.ts'
import type { Json, JsonObject } from '../contract.ts'
import { badArgument, noSuchDatastore } from '../errors.ts'
import { guidOf } from '../ids.ts'
import { objectOf, textOf, without } from '../json.ts'
import { isAssetName } from '../names.ts'
import type { Resource, State } from '../state.ts'
import { add, addAt, drop, find, list, newestFirst } from '../store.ts'
import { systemData } from './assets.ts'

const pathOf = (call: Call) => `datastores/${param(call, 'name')}`

/** The datastores that every workspace is born with, by key, in the account of the options; oldest first as recorded. */
export function seedDatastores(state: State, now: number): void {
  const { storage, workspaceId } = state.settings
  const { protocol, suffix } = addressOfBlobs(storage.blobOrigin, storage.accountName)
  const store = (name: string, isDefault: boolean, rest: JsonObject): void => {
    const properties: JsonObject = {
      description: null,
      tags: null,
      properties: null,
      isDefault,
      credentials: { credentialsType: 'AccountKey' },
      accountName: storage.accountName,
      endpoint: suffix,
      protocol,
      serviceDataAccessAuthIdentity: isDefault ? 'WorkspaceSystemAssignedIdentity' : 'None',
      ...rest,
    }
    const secrets: JsonObject = { secretsType: 'AccountKey', key: storage.accountKey }
    addAt(state, 'datastore', `datastores/${name}`, { properties, secrets }, workspaceId, now)
  }
  const files = (name: string, fileShareName: string): void =>
    store(name, false, { datastoreType: 'AzureFile', fileShareName })
  files('workspacefilestore', `azureml-filestore-${workspaceId}`)
  store('workspaceartifactstore', false, { datastoreType: 'AzureBlob', containerName: 'azureml' })
  files('workspaceworkingdirectory', `code-${guidOf(state, 'working directory')}`)
  const containerName = `azureml-blobstore-${workspaceId}`
  store('workspaceblobstore', true, { datastoreType: 'AzureBlob', containerName })
}

/** `https://acct.blob.core.windows.net` is https and core.windows.net; any other origin stands for itself. */
function addressOfBlobs(origin: string, account: string): { protocol: string; suffix: string } {
  const { protocol, host } = new URL(origin)
  const prefix = `${account}.blob.`
  const suffix = host.startsWith(prefix) ? host.slice(prefix.length) : host
  return { protocol: protocol.replace(':', ''), suffix }
}

export function getDatastore(call: Call): Answer {
  const datastore = find(call.state, pathOf(call))
  if (datastore === undefined) return noSuchDatastore(call, param(call, 'name'))
  return { status: 200, body: renderDatastore(datastore) }
}

export function listDatastores(call: Call): Answer {
  const { query } = call.address
  const names = query.get('names')?.split(',')
  const search = query.get('searchtext')?.toLowerCase()
  const shown = newestFirst(list(call.state, 'datastores'))
    .filter(({ name }) => names === undefined || names.includes(name))
    .filter(({ name }) => search === undefined || name.toLowerCase().includes(search))
    .filter(
      (datastore) =>
        query.get('isdefault') !== 'true' || objectOf(datastore.body.properties).isDefault === true,
    )
  return page(call, shown.map(renderDatastore), { sizeFrom: 'count' })
}

/** PUT: the secrets of the credentials are kept aside and never come back but by listSecrets. */
export function putDatastore(call: Call): Answer {
  const sent = objectOf(requestBody(call).properties)
  if (!isAssetName(param(call, 'name'))) {
    return badArgument(call, `The name '${param(call, 'name')}' is invalid.`)
  }
  if (textOf(sent.datastoreType) === undefined || sent.credentials === undefined) {
    return badArgument(call, 'A datastore needs datastoreType and credentials.')
  }
  const existing = find(call.state, pathOf(call))
  const datastore = existing ?? add(call, 'datastore', pathOf(call), {})
  const { secrets = null, ...credentials } = objectOf(sent.credentials)
  const properties: JsonObject = {
    description: null,
    properties: null,
    tags: null,
    isDefault: false,
    serviceDataAccessAuthIdentity: 'None',
    ...sent,
    credentials,
  }
  datastore.body = { properties, secrets }
  datastore.modifiedAtMs = call.now
  if (properties.isDefault === true) takeDefault(call, datastore)
  const { origin, path } = call.address
  const location = { Location: `${origin}${path}?api-version=${call.apiVersion}` }
  const body = renderDatastore(datastore)
  return existing === undefined ? { status: 201, body, headers: location } : { status: 200, body }
}

/** A workspace has one default datastore. */
function takeDefault(call: Call, chosen: Resource): void {
  for (const other of list(call.state, 'datastores')) {
    const properties: Json = { ...objectOf(other.body.properties), isDefault: other === chosen }
    other.body = { ...other.body, properties }
  }
}

export function deleteDatastore(call: Call): Answer {
  if (find(call.state, pathOf(call)) === undefined) return { status: 204, from: 'nobody' }
  drop(call.state, pathOf(call))
  return { status: 200 }
}

export function listSecrets(call: Call): Answer {
  const datastore = find(call.state, pathOf(call))
  if (datastore === undefined) return noSuchDatastore(call, param(call, 'name'))
  const secrets = datastore.body.secrets ?? null
  const type = objectOf(objectOf(datastore.body.properties).credentials).credentialsType ?? 'None'
  return { status: 200, body: secrets === null ? { secretsType: type } : secrets }
}

function renderDatastore(datastore: Resource): JsonObject {
  return {
    id: datastore.id,
    name: datastore.name,
    type: 'Microsoft.MachineLearningServices/workspaces/datastores',
    ...without(datastore.body, ['secrets']),
    systemData: systemData(datastore),
  }
}
