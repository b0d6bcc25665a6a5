import { page } from '../answers/paging.ts'
import { type Answer, type Call, subscriptionId, workspaceId } from '../call.ts'
import type { JsonObject } from '../contract.ts'
import { guidOf } from '../ids.ts'
import { shows } from '../operations/builds.ts'
import { armTime } from '../time.ts'
import { serviceHost, serviceOrigin } from './jobs/job-body.ts'

export function getWorkspace(call: Call): Answer {
  return { status: 200, body: renderWorkspace(call) }
}

/** GET workspaces of the resource group or subscription: this one. */
export function listWorkspaces(call: Call): Answer {
  return page(call, [renderWorkspace(call)], { sizeFrom: 'count' })
}

function renderWorkspace(call: Call): JsonObject {
  const { state } = call
  const { settings } = state
  const { location, workspace } = settings
  const stamp = { at: armTime(state.createdAtMs), by: guidOf(state, 'creator') }
  return {
    id: workspaceId(state),
    name: workspace,
    type: 'Microsoft.MachineLearningServices/workspaces',
    location,
    tags: { ...settings.tags },
    etag: null,
    properties: propertiesOf(call),
    identity: {
      type: 'SystemAssigned',
      principalId: guidOf(state, 'workspace'),
      tenantId: settings.tenantId,
    },
    ...(shows(call.apiVersion, 'workspaceKind') ? { kind: 'Default' } : {}),
    sku: { name: 'Basic', tier: 'Basic' },
    systemData: {
      createdAt: stamp.at,
      createdBy: stamp.by,
      createdByType: 'User',
      lastModifiedAt: stamp.at,
      lastModifiedBy: stamp.by,
      lastModifiedByType: 'User',
    },
  }
}

function propertiesOf(call: Call): JsonObject {
  const { state } = call
  const { settings } = state
  const { location, workspace, resourceGroup } = settings
  const linked = (type: string, name: string) =>
    `${subscriptionId(state)}/resourceGroups/${resourceGroup}/providers/${type}/${name}`
  return {
    friendlyName: workspace,
    description: '',
    storageAccount: linked('Microsoft.Storage/storageAccounts', settings.storage.accountName),
    keyVault: linked('Microsoft.Keyvault/vaults', `kv${workspace}`),
    applicationInsights: linked('Microsoft.insights/components', `ai${workspace}`),
    containerRegistry: linked('Microsoft.ContainerRegistry/registries', `cr${workspace}`),
    hbiWorkspace: false,
    tenantId: settings.tenantId,
    imageBuildCompute: null,
    provisioningState: 'Succeeded',
    ...(shows(call.apiVersion, 'managedNetwork')
      ? { managedNetwork: { isolationMode: 'Disabled' } }
      : {}),
    v1LegacyMode: false,
    softDeleteEnabled: false,
    notebookInfo: {
      resourceId: guidOf(state, 'notebook').replaceAll('-', ''),
      fqdn: `ml-${workspace}-${location}-${settings.workspaceId}.${location}.notebooks.azure.net`,
      isPrivateLinkEnabled: false,
      notebookPreparationError: null,
    },
    storageHnsEnabled: false,
    workspaceId: settings.workspaceId,
    linkedModelInventoryArmId: null,
    privateLinkCount: 0,
    publicNetworkAccess: 'Enabled',
    discoveryUrl: `${serviceOrigin(state)}/discovery`,
    mlFlowTrackingUri: `azureml://${serviceHost(state)}/mlflow/v1.0${workspaceId(state)}`,
    sdkTelemetryAppInsightsKey: guidOf(state, 'telemetry'),
    sasGetterUri: '',
    ...(shows(call.apiVersion, 'creationTime') ? { creationTime: armTime(state.createdAtMs) } : {}),
    ...(shows(call.apiVersion, 'dataIsolation') ? { enableDataIsolation: false } : {}),
  }
}
