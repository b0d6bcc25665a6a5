import { collected } from '../../support/collected.ts'
import type { Fleet } from './fleet.ts'

async function heapBytes(): Promise<number> {
  await collected()
  return process.memoryUsage().heapUsed
}

/** Ends the controller, and says how much it kept; the next turn begins with another one. */
export async function keptBy(fleet: Fleet, leak: unknown[] = []): Promise<number> {
  const withIt = await heapBytes()
  leak.length = 0
  fleet.end()
  return withIt - (await heapBytes())
}
