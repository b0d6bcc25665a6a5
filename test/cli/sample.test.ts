import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { scoreFolder } from '../../src/cli/demo/batch.ts'
import { type Person, signIn } from '../../src/cli/demo/client.ts'
import { runTool, testWith } from '../support/tools.ts'
import { createFolder, ROOT, type RunningSandbox, run, startSandboxProgram } from './program.ts'

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

const BODY = '{"transactions": [{"amount": 12.5}]}'

interface Scores {
  readonly model: string
  readonly fraud: readonly number[]
}

/** How what is no online endpoint is asked. */
const SCORES: { readonly [sample: string]: (person: Person) => Promise<Scores> } = {
  batch: async (person) => {
    const rows = await scoreFolder(person, 'fraud-nightly', 'azureml:transactions:1')
    return { model: 'fraud 2', fraud: rows.map((row) => Number(row.split(' ').at(-1))) }
  },
}

async function scoreOnline(person: Person): Promise<Scores> {
  const { properties } = await person.endpoint('fraud')
  const headers = { authorization: `Bearer ${await person.key('fraud')}` }
  const response = await fetch(properties.scoringUri, { method: 'POST', headers, body: BODY })
  return (await response.json()) as Scores
}

describe.each(readdirSync(join(ROOT, 'manifests')).filter((name) => !name.includes('.')))(
  'manifests/%s stands alone',
  (sample) => {
    const source = join(ROOT, 'manifests', sample)
    const place = createFolder()
    let sandbox: RunningSandbox
    beforeAll(async () => {
      sandbox = await startSandboxProgram(place.path)
      const authority = readFileSync(sandbox.line.caFile, 'utf8')
      setDefaultCACertificates([...getCACertificates(), authority])
    })
    afterAll(async () => {
      await sandbox.stop()
      place.remove()
    })
    const inSandbox = (...args: readonly string[]): ReturnType<typeof run> =>
      run(place.path, [...args, '--sandbox', sandbox.file])

    test('it validates, is planned, converges, scores, and imports to no changes', async () => {
      const { code, stdout } = await run(place.path, ['validate', source, '--output', 'json'])
      expect([code, JSON.parse(stdout).problems]).toEqual([0, []])
      expect(await inSandbox('plan', source)).toMatchObject({ code: 2 })
      expect(await inSandbox('sync', source)).toMatchObject({ code: 0 })
      const person = await signIn(sandbox.line)
      const { model, fraud } = await (SCORES[sample] ?? scoreOnline)(person)
      expect(model).toMatch(/^fraud [12]$/)
      expect(fraud.length).toBeGreaterThan(0)
      for (const share of fraud) expect(share >= 0 && share <= 1).toBe(true)
      const out = join(place.path, 'out')
      expect(await inSandbox('import', out)).toMatchObject({ code: 0 })
      const planned = await inSandbox('plan', out)
      expect([planned.code, planned.stdout]).toEqual([
        0,
        expect.stringContaining('No changes. Live is what Git says.'),
      ])
    })
  },
)

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
