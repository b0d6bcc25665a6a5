import type { Assembly, CloudDescription, Inspector } from '../../compose.ts'
import { CloudError } from '../../reconcile/ports.ts'
import { failed, notChecked, passed, type Row } from './row.ts'

const ADVICE = 'Name the cloud of the workspace by VERDIGRIS_CLOUD or --cloud (docs/clouds.md).'

/** Whether ARM says of itself what the configured cloud says of it. Asked without a token. */
export async function cloudRow(
  { azure }: Pick<Assembly, 'azure'>,
  inspector: Pick<Inspector, 'cloud'>,
  signal: AbortSignal,
): Promise<Row> {
  const { cloud, endpoint, authorityHost } = azure
  const what = `${cloud.name}: ${endpoint}, tokens from ${authorityHost}`
  const told = await inspector.cloud(signal).catch((error: unknown) => {
    if (error instanceof CloudError) return error
    throw error
  })
  if (told instanceof CloudError) return notChecked('cloud', `${what}; ${told.message}`)
  if (told === undefined)
    return notChecked('cloud', `${what}; it does not tell which cloud it is of`)
  const differences = differencesOf(azure, told)
  if (differences.length === 0) return passed('cloud', what)
  return failed('cloud', `${what}; but it says: ${differences.join('; ')}`, ADVICE)
}

function differencesOf(
  { cloud, endpoint, authorityHost }: Assembly['azure'],
  told: CloudDescription,
): readonly string[] {
  const { resourceManagerAudience: audience, authorities, storageSuffix } = cloud
  const differences: string[] = []
  if (!told.audiences.includes(audience))
    differences.push(`tokens are for ${told.audiences.join(' or ')}, not for ${audience}`)
  if (![authorityHost, ...authorities].includes(told.authority))
    differences.push(`tokens are from ${told.authority}`)
  // A sandbox has its storage on this machine.
  if (endpoint === cloud.resourceManager && told.storageSuffix !== storageSuffix)
    differences.push(`storage is at ${told.storageSuffix}, not at ${storageSuffix}`)
  return differences
}
