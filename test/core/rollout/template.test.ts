import { describe, expect, test } from '@jest/globals'
import { opened, recordIn, template, traffic, until } from './play.ts'

describe('the template form', () => {
  test('a new revision takes the free slot and is promoted step by step', () => {
    const turns = opened(template(1))
    turns.commit(template(2), 'c2')
    const seen: string[] = []
    until(turns, (plan) => {
      for (const { turn, ref } of plan.actions)
        seen.push(`${ref.name} ${turn?.result ?? ''} ${JSON.stringify(traffic(turns))}`)
      return plan.actions.some(({ turn }) => turn?.result === 'promoted')
    })
    expect(seen).toEqual([
      'green  {"blue":100}',
      'fraud started {"blue":90,"green":10}',
      'fraud step {"blue":50,"green":50}',
      'fraud step {"green":100}',
      'fraud promoted {"green":100}',
    ])
    expect(recordIn(turns)).toMatchObject({ stable: { slot: 'green' }, previous: { slot: 'blue' } })
  })
})
