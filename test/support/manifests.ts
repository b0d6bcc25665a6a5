/** Manifests as texts, in our own form, with what a test varies. */

export function endpointFile(
  description = 'a',
  traffic?: Readonly<Record<string, number>>,
): string {
  return [
    '$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json',
    'name: fraud',
    'auth_mode: key',
    `description: ${description}`,
    ...(traffic === undefined ? [] : [`traffic: ${JSON.stringify(traffic)}`]),
    '',
  ].join('\n')
}

export function deploymentFile(
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): string {
  return [
    'apiVersion: verdigris.dev/v1',
    'kind: OnlineDeployment',
    `metadata: ${JSON.stringify({ name, annotations })}`,
    'spec:',
    '  endpoint_name: fraud',
    '  model: azureml:fraud:1',
    '  environment: azureml:fraud-env:1',
    '  instance_type: Standard_DS3_v2',
    '  instance_count: 1',
    '',
  ].join('\n')
}
