import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createCommits, filesIn } from '../support/commits.ts'
import { simulate } from '../support/simulation.ts'

const ROOT = join(import.meta.dirname, '../..')
const actionsOf = (file: string): readonly string[] =>
  JSON.parse(readFileSync(join(ROOT, 'deploy/azure', file), 'utf8')).Actions
const shipped = [...actionsOf('custom-role.json'), ...actionsOf('upload-role.json')]
const first = filesIn(join(ROOT, 'manifests/workspace'))
const both = filesIn(join(ROOT, 'manifests/green'))
const { 'blue.yml': _, ...rest } = both
const noBlue = { ...rest, 'endpoint.yml': (both['endpoint.yml'] ?? '').replace('  blue: 0\n', '') }

const other = {
  'endpoint.yml': (first['endpoint.yml'] ?? '')
    .replace('name: fraud', 'name: other')
    .replace(/traffic:\n.*\n/, ''),
  'environment.yml': first['environment.yml'] ?? '',
  'conda.yml': first['conda.yml'] ?? '',
}

/** From the first commit to the end of the endpoint, by somebody who may do just this; gives the statuses of refused calls. */
async function play(actions: readonly string[]): Promise<{ refused: string[]; ok: boolean }> {
  const world = await simulate({ timeScale: 10, actions })
  const commits = createCommits()
  const controller = world.startController(commits, { pollMs: 60_000 })
  let ok = true
  for (const files of [first, both, noBlue, other]) {
    commits.commit(files)
    const report = await controller.settle().catch(() => undefined)
    ok = ok && report?.converged === true
  }
  const refused = world.calls.filter(({ status }) => status === 403).map(({ path }) => path)
  return { refused, ok }
}

describe('the shipped Azure roles, of the controller and for uploads,', () => {
  test('are enough for the whole story: no call is refused', async () => {
    expect(await play(shipped)).toEqual({ refused: [], ok: true })
  })

  const PREFIX = 'Microsoft.MachineLearningServices/workspaces/'
  const needed = shipped
    .filter((action) => action.startsWith(PREFIX))
    .filter((action) => !/batch|\/data\//.test(action))

  test.each(needed.map((action) => [action.slice(PREFIX.length), action]))(
    'without %s something is refused',
    async (_name, action) => {
      const { refused, ok } = await play(shipped.filter((other) => other !== action))
      expect(ok && refused.length === 0).toBe(false)
    },
  )
})
