import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Frees what nothing refers to. What is held weakly, or waits for its end to be told, goes a turn of the event loop later. */
export async function collected(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    collect()
    await new Promise(setImmediate)
  }
}
