import { setTimeout as delay } from 'node:timers/promises'
import type { ArmClient } from '../../sandbox/shell/arm-client.ts'

/** Requests of users, 20 a second over HTTP, until they are told to stop. */
export interface Users {
  /** Why each of those failed that were not answered by 200. */
  stop(): Promise<readonly string[]>
}

const EVERY_MS = 50

export async function usersOf(arm: ArmClient, endpoint: string): Promise<Users> {
  const path = `/onlineEndpoints/${endpoint}`
  const { body } = await arm.request('GET', path)
  const { body: keys } = await arm.request('POST', `${path}/listKeys`)
  const ask = async (): Promise<string | undefined> => {
    const headers = { authorization: `Bearer ${keys.primaryKey}` }
    const answer = await fetch(body.properties.scoringUri, { method: 'POST', headers, body: '{}' })
    const text = await answer.text()
    return answer.ok ? undefined : `${answer.status} ${text}`
  }
  const stopping = new AbortController()
  const asked: Promise<string | undefined>[] = []
  const asking = (async () => {
    while (!stopping.signal.aborted) {
      asked.push(ask().catch((error) => `${error} ${error.cause ?? ''}`))
      await delay(EVERY_MS)
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await asking
      return (await Promise.all(asked)).filter((why) => why !== undefined)
    },
  }
}
