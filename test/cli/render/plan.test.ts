import { expect, test } from '@jest/globals'
import { planMarkdown, planText } from '../../../src/cli/render/plan.ts'
import { statusText } from '../../../src/cli/render/status.ts'
import { styleFor } from '../../../src/cli/render/style.ts'
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
