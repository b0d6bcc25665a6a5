const IDENTITY = ['identity.type', 'identity.user_assigned_identities[].resource_id']

/** Why a field's change from A to B, or its removal, is not carried out; what is not here is. */
export const REFUSED: Readonly<Record<string, Refused>> = {
  'OnlineEndpoint Managed': {
    changed: inPlace('properties', ...IDENTITY),
    removed: {
      ...inPlace('properties', 'identity.type'),
      ...missing('name', 'identity.user_assigned_identities[].resource_id'),
    },
  },
  'OnlineEndpoint On Kubernetes': {
    changed: inPlace('properties', 'compute', ...IDENTITY),
    removed: {
      ...inPlace('properties', 'identity.type'),
      ...missing('name', 'identity.user_assigned_identities[].resource_id'),
      // Without it the endpoint is a managed one, and its deployments are not.
      compute: 'ComputeMismatch',
    },
  },
  'OnlineDeployment Managed': {
    changed: inPlace('properties', 'instance_type'),
    removed: { ...inPlace('properties'), ...missing('name', 'endpoint_name', 'instance_type') },
  },
  'OnlineDeployment On Kubernetes': {
    changed: { ...inPlace('properties', 'instance_type'), type: 'ComputeMismatch' },
    removed: {
      ...inPlace('properties', 'instance_type'),
      ...missing('name', 'endpoint_name'),
      type: 'ComputeMismatch',
    },
  },
  BatchEndpoint: {
    changed: inPlace('properties'),
    removed: { ...inPlace('properties'), ...missing('name') },
  },
  BatchDeployment: {
    changed: inPlace('properties'),
    removed: { ...inPlace('properties'), ...missing('name', 'endpoint_name', 'model', 'compute') },
  },
  Model: {
    changed: inPlace('path', 'type', 'properties', 'flavors'),
    removed: { ...inPlace('type', 'properties', 'flavors'), ...missing('name', 'path') },
  },
  Environment: {
    changed: inPlace(
      'image',
      'conda_file',
      'build.path',
      'build.dockerfile_path',
      'os_type',
      ...routes(),
    ),
    removed: {
      ...inPlace('conda_file', 'os_type', ...routes()),
      ...missing('name', 'image', 'build.path'),
    },
  },
  Data: {
    changed: inPlace('path', 'type', 'properties'),
    removed: { ...inPlace('properties'), ...missing('name', 'path') },
  },
  Code: { changed: inPlace('path'), removed: missing('name', 'path') },
}

interface Refused {
  readonly changed: Reasons
  readonly removed: Reasons
}

type Reasons = Readonly<Record<string, string>>

function inPlace(...paths: readonly string[]): Reasons {
  return Object.fromEntries(paths.map((path) => [path, 'CannotChangeInPlace']))
}

function missing(...paths: readonly string[]): Reasons {
  return Object.fromEntries(paths.map((path) => [path, 'MissingField']))
}

function routes(): readonly string[] {
  return ['liveness', 'readiness', 'scoring'].flatMap((route) =>
    ['path', 'port'].map((part) => `inference_config.${route}_route.${part}`),
  )
}
