import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { EndpointView, Json } from '../../../src/sandbox/core/contract.ts'
import {
  createWorkspace,
  endpointViews,
  nextEventAt,
  respond,
  type State,
} from '../../../src/sandbox/core/machine.ts'
import { checkExchange } from '../../support/openapi.ts'
import { deploymentBody, endpointBody, OPTIONS, ORIGIN, START, WORKSPACE } from './support.ts'

/** Each step is also judged by the OpenAPI documents: fewer stories than fast-check's hundred keep this quick. */
fc.configureGlobal({ numRuns: 40 })

/** A step of a story: wait, then ask. */
interface Step {
  readonly waitMs: number
  readonly method: string
  readonly path: string
  readonly body?: Json
}

const SHARES = fc.dictionary(
  fc.constantFrom('blue', 'green', 'red'),
  fc.constantFrom(0, 10, 50, 60, 90, 100),
  { maxKeys: 3 },
)

const ENDPOINT = 'onlineEndpoints/shop'
const step = (method: string, path: string, body?: Json) => ({
  method,
  path,
  ...(body === undefined ? {} : { body }),
})
const deployment = fc.constantFrom('blue', 'green').map((name) => `${ENDPOINT}/deployments/${name}`)

const REQUEST = fc.oneof(
  fc
    .record({ traffic: SHARES, mirrorTraffic: SHARES })
    .map((shares) => step('PUT', ENDPOINT, endpointBody(shares))),
  fc.constant(step('PUT', ENDPOINT, endpointBody())),
  deployment.map((path) => step('PUT', path, deploymentBody())),
  deployment.map((path) => step('PATCH', path, { sku: { capacity: 2 } })),
  deployment.map((path) => step('DELETE', path)),
  deployment.map((path) => step('GET', path)),
  fc.constant(step('GET', ENDPOINT)),
  fc.constant(step('GET', `${ENDPOINT}/deployments`)),
  fc.constant(step('POST', `${ENDPOINT}/regenerateKeys`, { keyType: 'Secondary' })),
  fc.constant(step('DELETE', ENDPOINT)),
)

const STORY: fc.Arbitrary<Step[]> = fc.array(
  fc
    .tuple(fc.constantFrom(0, 1000, 20_000, 60_000, 600_000), REQUEST)
    .map(([waitMs, request]) => ({ waitMs, ...request })),
  { minLength: 5, maxLength: 30 },
)

function tell(
  story: readonly Step[],
  onStep: (state: State, now: number) => State = (state) => state,
) {
  let state = createWorkspace({ ...OPTIONS, rateLimits: false }, START)
  let now = START
  const answers = story.map(({ waitMs, method, path, body }) => {
    now += waitMs
    const request = {
      method,
      url: `${ORIGIN}${WORKSPACE}/${path}?api-version=2024-04-01`,
      headers: {},
      principal: { objectId: 'someone' },
      ...(body === undefined ? {} : { body }),
    }
    const { response } = respond(state, request, now)
    checkExchange(request, response)
    state = onStep(state, now)
    return response
  })
  return { answers, state, now }
}

function expectWhole({ traffic, mirrorTraffic, deployments }: EndpointView): void {
  const sum = Object.values(traffic).reduce((total, share) => total + share, 0)
  expect([0, 100]).toContain(sum)
  const serving = deployments.filter(({ inForce }) => inForce).map(({ name }) => name)
  const live = Object.keys(traffic).filter((name) => (traffic[name] ?? 0) > 0)
  expect(live.filter((name) => !serving.includes(name))).toEqual([])
  const mirrored = Object.keys(mirrorTraffic).filter((name) => (mirrorTraffic[name] ?? 0) > 0)
  expect(mirrored.length).toBeLessThanOrEqual(1)
  expect(mirrored.filter((name) => live.includes(name))).toEqual([])
  expect(mirrored.filter((name) => (mirrorTraffic[name] ?? 0) > 50)).toEqual([])
}

describe('any story of requests', () => {
  test('told twice gives the same answers', () => {
    fc.assert(fc.property(STORY, (story) => expect(tell(story)).toEqual(tell(story))))
  })

  test('goes on from a saved state as if nothing had happened', () => {
    const saved = (state: State) => JSON.parse(JSON.stringify(state)) as State
    fc.assert(fc.property(STORY, (story) => expect(tell(story, saved)).toEqual(tell(story))))
  })

  test('does not depend on when somebody looks', () => {
    const looking = (state: State, now: number) => {
      endpointViews(state, now + 1)
      return state
    }
    const body = ({ answers }: ReturnType<typeof tell>) =>
      answers.map(({ status, body }) => [status, body])
    // Looking one millisecond ahead settles nothing that the next request would not.
    const late = (story: Step[]) => story.map((one) => ({ ...one, waitMs: one.waitMs + 10 }))
    fc.assert(
      fc.property(STORY.map(late), (story) =>
        expect(body(tell(story, looking))).toEqual(body(tell(story))),
      ),
    )
  })

  test('keeps traffic whole: 0 or 100, to deployments that were provisioned, mirrored to one at most', () => {
    const judge = (state: State, now: number) => {
      for (const view of endpointViews(state, now)) expectWhole(view)
      return state
    }
    fc.assert(fc.property(STORY, (story) => void tell(story, judge)))
  })

  test('comes to rest: every operation ends, and nothing is left to wait for', () => {
    fc.assert(
      fc.property(STORY, (story) => {
        const { state, now } = tell(story)
        let instant: number | undefined = now
        for (let events = 0; instant !== undefined && events < 100; events++) {
          endpointViews(state, instant)
          instant = nextEventAt(state, instant)
        }
        expect(instant).toBeUndefined()
        expect(state.running).toEqual([])
      }),
    )
  })
})
