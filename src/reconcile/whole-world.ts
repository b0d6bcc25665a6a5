import type { World } from '../core/model/live.ts'
import { type Cloud, CloudError, type Wanted } from './ports.ts'

/** One reading for who has no use for a part of a workspace: throws a CloudError where one sort of endpoints could not be listed. */
export async function wholeWorld(
  cloud: Cloud,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<World> {
  const world = await cloud.observe(wanted, signal)
  if (world.failure === undefined) return world
  const { reason, message } = world.failure
  throw new CloudError({ reason, message, errorClass: 'service', retry: 'Later' })
}
