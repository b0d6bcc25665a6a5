import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Fleet } from './fleet.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** What is held weakly, or waits for its end to be told, goes a turn of the event loop later. */
async function heapBytes(): Promise<number> {
  for (let round = 0; round < 5; round += 1) {
    collect()
    await new Promise(setImmediate)
  }
  return process.memoryUsage().heapUsed
}

/** Ends the controller, and says how much it kept; the next turn begins with another one. */
export async function keptBy(fleet: Fleet, leak: unknown[] = []): Promise<number> {
  const withIt = await heapBytes()
  leak.length = 0
  fleet.end()
  return withIt - (await heapBytes())
}
