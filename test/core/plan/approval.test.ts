import { describe, expect, test } from '@jest/globals'
import type { Intent } from '../../../src/core/model/rollout.ts'
import { deletionsId } from '../../../src/core/plan/prune/approval.ts'
import { deployment, endpoint } from '../../support/desired.ts'
import { SYNC, story, Turns } from '../../support/world.ts'

const NAMES = ['one', 'two', 'three']
const all = [endpoint('fraud'), deployment('fraud', 'blue')].concat(
  NAMES.map((name) => deployment('fraud', name)),
)
const KEYS = NAMES.map((name) => `OnlineDeployment/fraud/${name}`)

/** Three deployments left Git; so many deletions go without a person's yes. */
function removed(confirm: number | undefined, left: readonly string[] = NAMES): Turns {
  const turns = new Turns(all)
  turns.settle()
  turns.commit(without(left), 'c2')
  turns.input = {
    ...turns.input,
    sync: {
      ...SYNC,
      prune: { enabled: true, maxDeletions: 3, ...(confirm !== undefined && { confirm }) },
    },
  }
  return turns
}

function without(names: readonly string[]) {
  return all.filter(({ ref }) => !names.includes(ref.name))
}

function approve(turns: Turns, id: string): void {
  const intent: Intent = { id: 'i', verb: 'approve', endpoint: id, who: 'anna', why: '', at: 0 }
  turns.input = { ...turns.input, intents: [intent] }
}

/** Hears the answer as the inbox does: what is pending is asked again as it was bound. */
function heard(turns: Turns) {
  const { answers } = turns.plan()
  turns.input = {
    ...turns.input,
    intents: answers.filter(({ result }) => result === 'pending').map(({ intent }) => intent),
  }
  return answers.map(({ result, message }) => ({ result, message }))
}

function deletions(turns: Turns): readonly string[] {
  return story(turns.settle().filter(({ verb }) => verb === 'delete'))
}

describe('deletions beyond sync.prune.confirm', () => {
  test.each([
    ['none is asked for', undefined],
    ['there are no more than that', 3],
  ])('go without a word where %s', (_, confirm) => {
    expect(deletions(removed(confirm))).toHaveLength(3)
  })

  test('wait, and say what to approve', () => {
    const turns = removed(2)
    expect(deletions(turns)).toEqual([])
    const { held } = turns.plan()
    expect(held).toHaveLength(3)
    for (const { reason, state, message } of held) {
      expect([reason, state]).toEqual(['NeedsApproval', 'refused'])
      expect(message).toContain(`verdigris approve ${deletionsId(KEYS)}`)
    }
  })

  test('are done one after the other when they are approved, what is left of them with them', () => {
    const turns = removed(0)
    approve(turns, deletionsId(KEYS).toUpperCase())
    expect(heard(turns)).toEqual([{ result: 'pending', message: 'Still to do: 3.' }])
    expect(deletions(turns)).toHaveLength(3)
    expect(heard(turns)).toEqual([
      { result: 'accepted', message: 'Nothing of it is left to delete.' },
    ])
  })

  test('are not done when another id was approved, nor those that a later commit adds', () => {
    const turns = removed(0, ['one'])
    approve(turns, deletionsId(KEYS))
    expect(heard(turns)).toMatchObject([{ result: 'refused' }])
    approve(turns, deletionsId(KEYS.slice(0, 1)))
    heard(turns)
    turns.commit(without(NAMES), 'c3')
    expect(turns.plan().actions).toEqual([])
    expect(heard(turns)).toEqual([
      {
        result: 'refused',
        message: `Other deletions are due now, those of ${deletionsId(KEYS)}: see \`verdigris plan\`.`,
      },
    ])
  })

  test('are asked for anew where a commit took them back and a later one removes them again', () => {
    const turns = removed(0)
    approve(turns, deletionsId(KEYS))
    heard(turns)
    turns.commit(without(['one']), 'c3')
    expect(heard(turns)).toEqual([{ result: 'pending', message: 'Still to do: 1.' }])
    turns.commit(without(NAMES), 'c4')
    expect(turns.plan().actions).toEqual([])
    expect(heard(turns)).toMatchObject([{ result: 'refused' }])
  })

  test('are nobody’s to approve where none is due, and are not called done while the workspace cannot be read whole', () => {
    const turns = removed(0, [])
    approve(turns, deletionsId([]))
    expect(heard(turns)).toEqual([{ result: 'refused', message: 'No deletion is due.' }])
    const unread = removed(0)
    approve(unread, deletionsId(KEYS))
    heard(unread)
    unread.world = { ...unread.world, complete: false, resources: [] }
    expect(heard(unread)).toMatchObject([{ result: 'pending' }])
  })

  test('more than maxDeletions are not to be approved', () => {
    const turns = removed(0)
    turns.input = {
      ...turns.input,
      sync: { ...SYNC, prune: { enabled: true, maxDeletions: 2, confirm: 0 } },
    }
    approve(turns, deletionsId(KEYS))
    expect(turns.plan().held).toMatchObject(Array(3).fill({ reason: 'TooManyDeletions' }))
  })
})
