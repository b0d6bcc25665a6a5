import { describe, expect, test } from '@jest/globals'
import { differenceText, planMarkdown, planText } from '../../../src/cli/render/plan.ts'
import { statusText } from '../../../src/cli/render/status.ts'
import { styleFor } from '../../../src/cli/render/style.ts'
import type { Json } from '../../../src/core/model/values/json.ts'
import * as a from '../../support/report.ts'

const plain = styleFor(false)

test.each([
  ['plan', planText],
  ['plan as Markdown', planMarkdown],
  ['status', statusText],
])('%s names what a folder does not declare and is live all the same', (_, draw) => {
  const undeclared = ['/tags/team', '/tags/a', '/tags/b', '/tags/c', '/tags/d', '/tags/e']
  const resource = a.resource(a.endpoint('fraud'), { undeclared })
  const report = a.report({ resources: [resource] })
  const text = draw(report, plain)
  expect(text).toContain('undeclared')
  expect(text).toContain('/tags/team, /tags/a, /tags/b, /tags/c, /tags/d and 1 more: live, and')
  expect(text).not.toContain('Live is what Git says')
})

test.each([
  ['plan', planText],
  ['plan as Markdown', planMarkdown],
  ['status', statusText],
])('%s shows what is left to others, and why', (_, draw) => {
  const ignored = [{ path: '/sku/capacity', live: 9, desired: 2, why: 'An autoscaler sets it.' }]
  const report = a.report({ resources: [a.resource(a.endpoint('fraud'), { ignored })] })
  const text = draw(report, plain).replaceAll('\\', '')
  expect(text).toContain('ignored')
  expect(text).toContain('/sku/capacity: 9 → 2 (An autoscaler sets it.)')
})

describe('an Application that only observes', () => {
  const ref = a.endpoint('fraud')
  const plan = a.plan({
    changes: [{ ref, verb: 'create', reason: 'Create', differences: [] }],
    held: [{ ref, state: 'blocked', reason: 'Observed', message: 'create_endpoint is not sent.' }],
  })
  const applying = a.report({ converged: false, plan })
  const report = { ...applying, mode: 'observe' } as const

  test.each([
    ['plan', planText, /`mode: observe`/],
    ['plan as Markdown', planMarkdown, /mode: observe/],
    ['status', statusText, /`mode: observe`/],
  ])('%s says so before all else', (_, draw, said) => {
    expect(draw(report, plain).split('\n').slice(0, 3).join('\n')).toMatch(said)
    expect(draw(applying, plain)).not.toMatch(said)
  })

  test('the figures of the plan are those of what would be done', () => {
    expect(planText(report, plain)).toContain(
      'Plan: 1 to create, 0 to update, 0 to delete, 0 blocked.',
    )
  })
})

test.each([
  ['plan', planText],
  ['plan as Markdown', planMarkdown],
  ['status', statusText],
])('%s names what is live and in no Git, and counts the rest of many', (_, draw) => {
  const orphans = [...Array(12).keys()].map((index) =>
    a.orphan(a.endpoint(`old${index}`), { message: 'Nobody’s, @everybody.' }),
  )
  const text = draw(a.report({ orphans }), plain)
  expect(text.match(/OnlineEndpoint\/old\d+ {2}Nobody’s/g)).toHaveLength(10)
  expect(text).toContain('and 2 more')
  expect(text).toContain('orphan')
  expect(draw(a.report(), plain)).not.toContain('orphan')
})

describe('a difference', () => {
  const id = (version: string): string =>
    `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/fraud/versions/${version}`
  const long = (middle: string): string => `${'a'.repeat(100)}${middle}${'z'.repeat(100)}`

  test.each<[string, Json | undefined, Json | undefined, RegExp, RegExp]>([
    ['another version', id('1'), id('2'), /^fraud:1$/, /^fraud:2$/],
    ['a model where there was none', undefined, id('2'), /^none$/, /^fraud:2$/],
    [
      'models that are declared in place',
      id('1').replace('fraud', `vg-1d715692${'a'.repeat(24)}`),
      id('1').replace('fraud', `vg-7c07a501${'b'.repeat(24)}`),
      /^vg-1d715692:1$/,
      /^vg-7c07a501:1$/,
    ],
    [
      'ids that name the same below different workspaces',
      id('1').replace('/w/', `/${'x'.repeat(40)}/`),
      id('1').replace('/w/', `/${'y'.repeat(40)}/`),
      /workspaces\/x+/,
      /workspaces\/y+/,
    ],
    ['the middle of a long text', long('b'), long('c'), /^…a+bz+…$/, /^…a+cz+…$/],
    ['the beginning of one', `b${long('')}`, `c${long('')}`, /^"ba+…$/, /^"ca+…$/],
    ['short values', 1, null, /^1$/, /^null$/],
  ])('is seen in %s', (_, live, desired, before, after) => {
    const [, said = ''] = differenceText({ path: '/p', live, desired }).split('/p: ')
    const [left = '', right = ''] = said.split(' → ')
    expect([left, right]).toEqual([expect.stringMatching(before), expect.stringMatching(after)])
    expect(Math.max(left.length, right.length)).toBeLessThan(90)
  })
})
