import { describe, expect, test } from '@jest/globals'
import type { Live } from '../../src/core/model/live.ts'
import { keyOf } from '../../src/core/model/ref.ts'
import { createCommits, type Files } from '../support/commits.ts'
import { deploymentFile, endpointFile } from '../support/manifests.ts'
import { createReconciler } from '../support/reconciler.ts'
import { story } from '../support/world.ts'

/** The endpoint `fraud` with its deployment blue, and the same once more under another name. */
function both(description: string): Files {
  const endpoint = endpointFile(description, { blue: 100 })
  const blue = deploymentFile('blue')
  const other = (text: string) => text.replace(/(name:) fraud$/gm, '$1 spam')
  return {
    'fraud.yml': endpoint,
    'blue.yml': blue,
    'spam/endpoint.yml': other(endpoint),
    'spam/blue.yml': other(blue),
  }
}

/** What the planner takes apart cannot be taken apart: a stand-in for any mistake of ours in planning this one thing. */
function poisoned(live: Live): Live {
  const body = Object.defineProperty({ ...live.body }, 'properties', {
    enumerable: true,
    get: () => {
      throw new TypeError('nothing is here')
    },
  })
  return { ...live, body }
}

async function converged() {
  const commits = createCommits()
  commits.commit(both('a'))
  const reconciler = createReconciler(commits)
  expect((await reconciler.settle()).converged).toBe(true)
  reconciler.started.length = 0
  const { world } = reconciler
  return {
    commits,
    reconciler,
    poison(key: string) {
      const resources = world.resources.map((one) => (keyOf(one.ref) === key ? poisoned(one) : one))
      reconciler.world = { ...world, resources }
    },
    heal() {
      const before = new Map(world.resources.map((one) => [keyOf(one.ref), one]))
      const now = reconciler.world.resources
      const resources = now.map((one) =>
        keyOf(one.ref).includes('/fraud') ? (before.get(keyOf(one.ref)) ?? one) : one,
      )
      reconciler.world = { ...world, resources }
    },
  }
}

describe('what cannot be planned, by a fault of ours,', () => {
  test.each(['OnlineEndpoint/fraud', 'OnlineDeployment/fraud/blue'])(
    'stays as it is and says so, and everything else is kept in step: %s',
    async (key) => {
      const { commits, reconciler, poison, heal } = await converged()
      commits.commit(both('b'))
      poison(key)
      const report = await reconciler.settle()
      expect(story(reconciler.started)).toEqual(['update_endpoint spam'])
      const held = report.plan.held.map(({ ref, state, reason }) => [keyOf(ref), state, reason])
      expect(held).toEqual([
        ['OnlineDeployment/fraud/blue', 'blocked', 'Bug'],
        ['OnlineEndpoint/fraud', 'blocked', 'Bug'],
      ])
      expect(report.plan.held[0]?.message).toContain('nothing is here')
      expect(report.converged).toBe(false)
      heal()
      reconciler.started.length = 0
      expect((await reconciler.settle()).converged).toBe(true)
      expect(story(reconciler.started)).toEqual(['update_endpoint fraud'])
    },
  )

  test('lets nothing be deleted: it may need what is to go', async () => {
    const { commits, reconciler, poison } = await converged()
    const { 'spam/endpoint.yml': _, 'spam/blue.yml': __, ...fraud } = both('a')
    commits.commit(fraud)
    poison('OnlineEndpoint/fraud')
    const report = await reconciler.settle()
    expect(reconciler.started).toEqual([])
    expect(report.plan.held.map(({ reason }) => reason)).toEqual(['Bug', 'Bug', 'Bug', 'Bug'])
  })
})
