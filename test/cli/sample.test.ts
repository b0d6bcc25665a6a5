import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { runTool, testWith } from '../support/tools.ts'
import { createFolder, ROOT, run, sampleIn } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

const SCORE = `
import json, score
score.init()
print(json.dumps(score.run('{"transactions": [{"amount": 12.5}, {"amount": 900, "night": 1, "attempts": 3, "distance_km": 60, "merchant_risk": 0.5}]}')))
`

testWith(
  ['python3'],
  'both models score with the standard library alone, and tell fraud from none',
  () => {
    for (const [name, model] of [
      ['fraud 1', 'workspace/models/1'],
      ['fraud 2', 'green/models/2'],
    ]) {
      const said = runTool(
        'python3',
        ['-I', '-B', '-c', `import sys; sys.path.insert(0, '.')\n${SCORE}`],
        {
          cwd: join(ROOT, 'manifests/workspace/src'),
          env: { PATH: process.env.PATH, AZUREML_MODEL_DIR: join(ROOT, 'manifests', model ?? '') },
        },
      )
      const { model: told, fraud } = JSON.parse(said)
      expect(told).toBe(name)
      expect(fraud[0]).toBeLessThan(0.1)
      expect(fraud[1]).toBeGreaterThan(0.9)
    }
  },
)

test('green laid over the workspace is good', async () => {
  const place = sampleIn(folder.path, 'both')
  cpSync(join(ROOT, 'manifests', 'green'), place, { recursive: true })
  const { code, stdout } = await run(folder.path, ['validate', place, '--output', 'json'])
  const { resources, problems } = JSON.parse(stdout)
  expect({ code, problems }).toEqual({ code: 0, problems: [] })
  expect(resources).toContainEqual(expect.objectContaining({ name: 'green', parent: 'fraud' }))
  expect(resources).toContainEqual(expect.objectContaining({ name: 'fraud', version: '2' }))
})

test('the sample Application runs where local sources are allowed', async () => {
  const args = ['plan', '--config', join(ROOT, 'manifests/application.yaml'), '--output', 'json']
  const refused = await run(ROOT, args, { VERDIGRIS_DATA_DIR: join(folder.path, 'data') })
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('only https and ssh repositories are allowed here'),
  })
  const { code, stdout } = await run(ROOT, args, {
    VERDIGRIS_DATA_DIR: join(folder.path, 'data'),
    VERDIGRIS_ALLOW_LOCAL: 'true',
  })
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({ application: 'fraud', problems: [] })
})
