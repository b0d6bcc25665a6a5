import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { run } from '../../../src/sandbox/python/command.ts'
import { createDataPlane, type DataPlane, deployment, endpoint } from '../shell/data-plane.ts'
import { cacheFolder, slowMs, tellSkipped, venvWith } from './index-venv.ts'

const score = {
  'score.py': `
import sys
def init(): print("prefix", sys.prefix)
def run(data): return {"venv": sys.prefix != sys.base_prefix}
`,
}

let cache = ''
let plane: DataPlane
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), `verdigris-venvs-${process.pid}-`))
  plane = createDataPlane(undefined, { mode: 'venv', cacheFolder: cache })
})
afterAll(async () => {
  await plane.runtime.close()
  await rm(cache, { recursive: true, force: true, maxRetries: 3 })
})

function conda(...dependencies: unknown[]) {
  return { name: 'score:1', condaFile: JSON.stringify({ dependencies }) }
}

test('a script runs in the venv of its environment, and the log tells of the building', async () => {
  const code = await plane.upload('venv', score)
  await plane.show(endpoint([deployment(code, { environment: conda('python>=3.8') })]))
  expect(plane.told).toEqual(['blue 1 starting', 'blue 1 ready'])
  expect(JSON.parse((await plane.post('x')).body)).toEqual({ venv: true })
  const log = plane.logs.join('')
  expect(log).toContain('Preparing the environment of score:1')
  expect(log).toContain('Ready: Python 3')
})

test('an environment that cannot be built fails the deployment as on Azure', async () => {
  const code = await plane.upload('unbuildable', score)
  const environment = conda({ pip: ['--no-index', 'verdigris-no-such-package'] })
  await plane.show(endpoint([deployment(code, { name: 'green', environment })]))
  expect(plane.told.at(-1)).toBe('green 1 crashed ImageBuildFailure')
  const [, path = ''] =
    /under the path "\/(\S+build\.log)"\.$/.exec(plane.reasons.at(-1) ?? '') ?? []
  expect(path).toMatch(/^azureml\/ImageLogs\/[0-9a-f]{32}\/build\.log$/)
  const log = (await plane.blobs.read('store', path)).toString('utf8')
  expect(log).toContain('No matching distribution found for verdigris-no-such-package')
  expect(plane.logs.join('')).toContain('No matching distribution found')
  expect((await plane.post('x')).headers['ms-azureml-model-error-reason']).toBe('model_not_ready')
})

test('a model with neither script nor MLmodel file cannot be started', async () => {
  await plane.upload('LocalUpload/9/plain', { 'model.pkl': '' })
  const modelUri = 'azureml://datastores/workspaceblobstore/paths/LocalUpload/9/plain'
  const { codeUri: _, scoringScript: __, ...view } = deployment('', { name: 'plain', modelUri })
  await plane.show(endpoint([view]))
  expect(plane.told.at(-1)).toBe('plain 1 crashed BadArgument')
  expect(plane.reasons.at(-1)).toContain('no MLmodel file')
})

const mlflow = ['mlflow-skinny==3.17.2', 'pandas', 'numpy']
const venv = await venvWith(mlflow)
if ('reason' in venv) tellSkipped('MLflow models without a scoring script', venv.reason)

// The model doubles its numbers and answers with a table, or with an array for an array.
const maker = `
import sys
import mlflow.pyfunc
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
mlflow.pyfunc.save_model(
    sys.argv[1], loader_module="doubling", code_paths=[sys.argv[2]],
    pip_requirements=${JSON.stringify(mlflow)},
    signature=ModelSignature(inputs=Schema([ColSpec("double", "a"), ColSpec("long", "b")]))
    if sys.argv[3] == "signed" else None,
)
`
const doubling = `
import pandas as pd
def _load_pyfunc(path): return Doubling()
class Doubling:
    def predict(self, given, params=None):
        if isinstance(given, dict): return {name: value.tolist() for name, value in given.items()}
        if isinstance(given, pd.DataFrame) and "fail" in given.columns: raise ValueError("not today")
        return given * 2
`

const slow = 'reason' in venv ? describe.skip : describe
slow('slow: an MLflow model without a scoring script', () => {
  let models: DataPlane
  let folder = ''

  async function make(name: string, kind: 'signed' | 'unsigned'): Promise<string> {
    const [code, program] = [join(folder, 'doubling.py'), join(folder, 'make.py')]
    await writeFile(code, doubling)
    await writeFile(program, maker)
    const python = 'python' in venv ? venv.python : ''
    const args = [program, join(folder, name), code, kind]
    const { code: exit, output } = await run({ program: python, args, folder, timeoutMs: slowMs })
    if (exit !== 0) throw new Error(output)
    const files = await readdir(join(folder, name), { recursive: true, withFileTypes: true })
    const texts: Record<string, string> = {}
    for (const file of files.filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name)
      texts[path.slice(join(folder, name).length + 1)] = await readFile(path, 'utf8')
    }
    await models.upload(`LocalUpload/${name}/${name}`, texts)
    return `azureml://datastores/workspaceblobstore/paths/LocalUpload/${name}/${name}`
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `verdigris-models-${process.pid}-`))
    models = createDataPlane(undefined, { mode: 'venv', cacheFolder })
    const [unsigned, signed] = [await make('doubler', 'unsigned'), await make('typed', 'signed')]
    const views = [
      { name: 'blue', modelUri: unsigned, modelType: 'mlflow_model' },
      { name: 'green', modelUri: signed, modelType: 'custom_model' },
    ].map((change) => {
      const { codeUri: _, scoringScript: __, ...view } = deployment('', change)
      return { ...view, requestTimeoutMs: 20_000 }
    })
    await models.show(endpoint(views))
  }, slowMs)
  afterAll(async () => {
    await models.runtime.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  test('is run with what its own requirements name', () => {
    expect([...models.told].sort()).toEqual([
      'blue 1 ready',
      'blue 1 starting',
      'green 1 ready',
      'green 1 starting',
    ])
    expect(models.logs.join('')).toContain('Preparing the environment of the model')
  })

  const table = {
    columns: ['a', 'b'],
    index: [0, 1],
    data: [
      [1, 2],
      [3, 4],
    ],
  }
  const rows = [
    { a: 2, b: 4 },
    { a: 6, b: 8 },
  ]
  test.each([
    ['a table', { input_data: table }, rows],
    ['a table without an index', { input_data: { columns: ['a'], data: [[1]] } }, [{ a: 2 }]],
    ['a table in the word of MLflow itself', { dataframe_split: table }, rows],
    [
      'an array',
      {
        input_data: [
          [1, 2],
          [3, 4],
        ],
      },
      [
        [2, 4],
        [6, 8],
      ],
    ],
    ['named arrays', { input_data: { x: [1, 2] } }, { x: [1, 2] }],
  ])('takes %s', async (_, body, expected) => {
    const answer = await models.post(body, { headers: { 'content-type': 'application/json' } })
    expect({ status: answer.status, body: JSON.parse(answer.body) }).toEqual({
      status: 200,
      body: expected,
    })
    expect(answer.headers['content-type']).toBe('application/json')
  })

  test.each([
    [
      'without input',
      { data: [1] },
      {},
      400,
      "A value is not provided for the 'input_data' parameter.",
    ],
    [
      'of another type',
      {},
      { 'content-type': 'text/plain' },
      415,
      'Expects Content-Type to be application/json',
    ],
    [
      'that the model fails on',
      { input_data: { columns: ['fail'], data: [[1]] } },
      {},
      500,
      'An unexpected error occurred in scoring script. Check the logs for more info.',
    ],
  ])('answers a request %s as Azure does', async (_, body, more, status, message) => {
    const headers = { 'content-type': 'application/json', ...more }
    const answer = await models.post(body, { headers })
    expect(answer.status).toBe(424)
    expect(answer.headers['ms-azureml-model-error-statuscode']).toBe(String(status))
    expect(JSON.parse(answer.body)).toEqual({ message })
  })

  test('has its numbers typed by its signature, also where it is registered as another type', async () => {
    const headers = { 'content-type': 'application/json', 'azureml-model-deployment': 'green' }
    for (const input of [{ columns: ['a', 'b'], data: [[1, 2]] }, [[1, 2]]]) {
      const answer = await models.post({ input_data: input }, { headers })
      expect(answer).toMatchObject({ status: 200, body: '[{"a": 2.0, "b": 4}]' })
    }
    const missing = await models.post({ input_data: { columns: ['a'], data: [[1]] } }, { headers })
    expect(missing.headers['ms-azureml-model-error-statuscode']).toBe('500')
  })
})
