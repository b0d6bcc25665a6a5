import { setTimeout as pause } from 'node:timers/promises'
import type { Person } from './client.ts'

interface Job {
  readonly name: string
  readonly properties: { readonly status: string }
}

const ENDED = new Set(['Completed', 'Failed', 'Canceled'])
const LOOK_EVERY_MS = 200
const LOOKS_MAX = 200

/**
 * Invokes a batch endpoint on a registered data asset, waits for its job and gives the rows it wrote. Throws when the job
 * does not complete.
 */
export async function scoreFolder(
  person: Person,
  endpoint: string,
  asset: string,
): Promise<readonly string[]> {
  const job = await person.invokeBatch(endpoint, asset)
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const { status } = ((await person.job(job)) as Job).properties
    if (status === 'Completed') return person.predictions(job)
    if (ENDED.has(status)) throw new Error(`the job ended as ${status}`)
    await pause(LOOK_EVERY_MS)
  }
  throw new Error('the job did not end')
}
