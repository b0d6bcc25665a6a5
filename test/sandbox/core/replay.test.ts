import { describe, expect, test } from '@jest/globals'
import type { ArmResponse, Json } from '../../../src/sandbox/core/contract.ts'
import { LEFT_OUT, leftOut } from './left-out.ts'
import { type Exchange, recordedExchanges } from './recordings.ts'
import { exceptionTo, idleExceptions } from './replay-exceptions.ts'
import { ReplayWorld } from './replay-world.ts'
import { differences } from './shape.ts'

const EXCHANGES = recordedExchanges()
const REPLAYED = EXCHANGES.filter((exchange) => leftOut(exchange) === undefined)

/** Headers of the connection, not of the service: the shell's, and gone or changed on every hop. */
const OF_THE_CONNECTION = [
  'connection',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'vary',
]

/** What a transcriber left out here and there: its absence says nothing. */
const NOT_TRANSCRIBED = [
  'date',
  'server-timing',
  'x-aml-cluster',
  'x-ms-async-operation-timeout',
  'x-ms-correlation-request-id',
  'x-ms-ratelimit-remaining-subscription-reads',
  'x-ms-routing-request-id',
  'x-request-time',
]

const worlds = new Map<string, ReplayWorld>()
let latest: ReplayWorld | undefined

/** One sandbox for each workspace of a file; a regional request goes to the one before it. */
function worldOf(exchange: Exchange): ReplayWorld {
  const workspace = /\/workspaces\/([^/?]+)/.exec(exchange.url)?.[1]
  if (workspace === undefined && latest !== undefined) return latest
  // A workspace that the recording has yet to make is one that this sandbox does not have.
  const name =
    exchange.status === 404 && /\/workspaces\/[^/?]+\?/.test(exchange.url) ? 'other' : workspace
  const key = `${exchange.file} ${name}`
  const file = EXCHANGES.filter((other) => other.file === exchange.file)
  const world = worlds.get(key) ?? new ReplayWorld(file, name ?? 'other')
  worlds.set(key, world)
  latest = world
  return world
}

function headerNames(headers: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  return names.filter((name) => !OF_THE_CONNECTION.includes(name)).sort()
}

/** Everything in which an answer is not the recorded one. */
function mismatches(exchange: Exchange, response: ArmResponse): string[] {
  const found: string[] = []
  if (response.status !== exchange.status) {
    found.push(`status: ${exchange.status} recorded, ${response.status} given`)
  }
  const [recorded, given] = [headerNames(exchange.headers), headerNames(response.headers)]
  const optional = exchange.isTranscribed ? NOT_TRANSCRIBED : []
  for (const name of recorded)
    if (!given.includes(name)) found.push(`header ${name}: recorded only`)
  for (const name of given) {
    if (!recorded.includes(name) && !optional.includes(name))
      found.push(`header ${name}: given only`)
  }
  const isUnknown = exchange.body === 'NOT_TRANSCRIBED'
  if (!isUnknown) found.push(...differences(exchange.body, (response.body ?? null) as Json, 'body'))
  return found.filter((line) => exceptionTo(exchange, line) === undefined)
}

describe('recorded traffic, sent to the sandbox in its order', () => {
  test.each(REPLAYED.map((exchange) => [exchange.name, exchange] as const))('%s', (_, exchange) => {
    expect(mismatches(exchange, worldOf(exchange).replay(exchange))).toEqual([])
  })

  test('is replayed or left out for a reason, and nothing is forgotten', () => {
    const counts = Object.fromEntries(
      LEFT_OUT.map(({ reason }) => [
        reason,
        EXCHANGES.filter((exchange) => leftOut(exchange) === reason).length,
      ]),
    )
    expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([])
    const left = Object.values(counts).reduce((sum, count) => sum + count, 0)
    expect(REPLAYED.length + left).toBe(EXCHANGES.length)
    expect({ all: EXCHANGES.length, replayed: REPLAYED.length, left }).toEqual({
      all: 516,
      replayed: 369,
      left: 147,
    })
  })
  test('has no exception that nothing needs', () => {
    expect(idleExceptions()).toEqual([])
  })
})
