import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  createFolder,
  type RunningSandbox,
  run,
  sampleIn,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

const folder = createFolder()
const SECRET = 'correct-horse-battery'
const BATCH = {
  'batch/endpoint.yml': `$schema: https://azuremlschemas.azureedge.net/latest/batchEndpoint.schema.json
name: nightly
defaults:
  deployment_name: one
`,
  'batch/one.yml': `$schema: https://azuremlschemas.azureedge.net/latest/modelBatchDeployment.schema.json
name: one
endpoint_name: nightly
type: model
model: azureml:fraud:1
environment: azureml:fraud-env:1
code_configuration:
  code: ../src
  scoring_script: score.py
compute: azureml:cpu-cluster
settings:
  mini_batch_size: 5
  output_action: append_row
  environment_variables:
    API_KEY: ${SECRET}
`,
}
const FILES = [
  'batch-endpoints/nightly/deployment-one.yml',
  'batch-endpoints/nightly/endpoint.yml',
  'environments/fraud-env/version-1.yml',
  'models/fraud/version-1.yml',
  'online-endpoints/fraud/deployment-blue.yml',
  'online-endpoints/fraud/endpoint.yml',
]

let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

function inSandbox(...args: readonly string[]) {
  return run(folder.path, [...args, '--sandbox', sandbox.file])
}

/** An Application over a folder, which gives the variables that stand for secrets. */
function applicationOver(place: string): string {
  const file = join(folder.path, 'application.yaml')
  writeFileSync(
    file,
    `apiVersion: verdigris.dev/v1
kind: Application
metadata: { name: default }
spec:
  source: { repository: ${place} }
  sandbox: {}
  variables: { API_KEY: ${SECRET} }
`,
  )
  return file
}

const out = join(folder.path, 'out')

function filesIn(place: string): readonly string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(place, path)).isFile())
    .sort()
}

// The tests of this file tell one story, in their order.
describe('import', () => {
  test('of an empty workspace writes nothing, and says so', async () => {
    const { code, stdout } = await inSandbox('import', out)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'There is nothing to import.\n' })
    expect(existsSync(out)).toBe(false)
  })

  test('writes a file for each thing, without the secret', async () => {
    const source = sampleIn(folder.path, 'workspace', BATCH)
    expect(await inSandbox('sync', source)).toMatchObject({ code: 0 })
    const { code, stdout, stderr } = await inSandbox('import', out)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(
      '6 manifests written. Planned against this workspace, they change nothing.',
    )
    expect(stdout).toContain("Define in the Application's variables: API_KEY")
    expect(filesIn(out)).toEqual(FILES)
    const texts = FILES.map((path) => readFileSync(join(out, path), 'utf8'))
    for (const text of texts) {
      expect(text).toMatch(/^\$schema: https:/)
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('verdigris.')
    }
  })

  test('then plan has nothing to do, once the Application gives what was secret', async () => {
    const without = await inSandbox('plan', out)
    expect(without.code).toBe(1)
    expect(without.stdout).toContain('no variable API_KEY is defined')
    const args = ['plan', '--config', applicationOver(out), '--sandbox', sandbox.file]
    const { code, stdout } = await run(folder.path, args, { VERDIGRIS_ALLOW_LOCAL: 'true' })
    expect(stdout).toContain('No changes. Live is what Git says.')
    expect(code).toBe(0)
  })

  test('again says the same and leaves files as they are', async () => {
    const before = FILES.map((path) => statSync(join(out, path)).mtimeMs)
    expect(await inSandbox('import', out)).toMatchObject({ code: 0 })
    expect(FILES.map((path) => statSync(join(out, path)).mtimeMs)).toEqual(before)
  })

  test.each([
    ['a folder', 'online-endpoints'],
    ['a file', 'models/fraud/version-1.yml'],
  ])('writes through no symbolic link inside its folder, forced or not: %s', async (what, path) => {
    const out = join(folder.path, `linked-${what.slice(2)}`)
    const outside = join(folder.path, `outside-${what.slice(2)}`)
    mkdirSync(join(out, path, '..'), { recursive: true })
    if (what === 'a folder') mkdirSync(outside)
    else writeFileSync(outside, 'mine')
    symlinkSync(outside, join(out, path))
    for (const force of [[], ['--force']]) {
      const { code, stderr } = await inSandbox('import', out, ...force)
      expect([code, stderr]).toEqual([1, expect.stringContaining(`${path} is a symbolic link`)])
    }
    const kept = what === 'a folder' ? readdirSync(outside) : readFileSync(outside, 'utf8')
    expect(kept).toEqual(what === 'a folder' ? [] : 'mine')
  })

  test('writes nothing where a file is in the place of a folder', async () => {
    const out = join(folder.path, 'in-the-way')
    writeFiles(out, { models: 'mine\n' })
    const { code, stderr } = await inSandbox('import', out)
    expect([code, stderr]).toEqual([1, expect.stringContaining('a part of the path')])
    expect(readdirSync(out)).toEqual(['models'])
  })

  test.each([
    ['as a manifest', {}],
    [
      'in a manifest that something else is wrong with',
      { 'blue.yml': 'instanceType: Standard_F2s_v2\n' },
    ],
  ])(
    'writes nothing, forced or not, where the folder declares the same elsewhere: %s',
    async (what, more) => {
      const name = what.replaceAll(' ', '-')
      const place = sampleIn(folder.path, name)
      for (const [path, text] of Object.entries(more)) appendFileSync(join(place, path), text)
      const before = filesIn(place)
      for (const force of [[], ['--force']]) {
        const { code, stdout, stderr } = await inSandbox('import', place, ...force)
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
        expect(stderr).toContain('Nothing was written')
        expect(stderr).toContain('OnlineDeployment/fraud/blue (blue.yml:1)')
        expect(stderr).toContain('Name a folder of its own')
      }
      expect(filesIn(place)).toEqual(before)
      const other = await inSandbox(
        'import',
        place,
        '--endpoint',
        'nightly',
        '--kind',
        'BatchEndpoint',
      )
      expect(other.stderr).toBe('')
      expect(existsSync(join(place, 'batch-endpoints/nightly/endpoint.yml'))).toBe(true)
    },
  )

  test('writes over no file that says something else, and then none at all, unless it is forced', async () => {
    const changed = join(out, 'online-endpoints/fraud/endpoint.yml')
    const whole = readFileSync(changed, 'utf8')
    writeFiles(out, { 'online-endpoints/fraud/endpoint.yml': '# mine\n' })
    const refused = await inSandbox('import', out, '--kind', 'OnlineEndpoint')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('online-endpoints/fraud/endpoint.yml would be changed')
    expect(readFileSync(changed, 'utf8')).toBe('# mine\n')
    expect(await inSandbox('import', out, '--force')).toMatchObject({ code: 0 })
    expect(readFileSync(changed, 'utf8')).toBe(whole)
  })

  test('of one endpoint brings what it uses; of one kind, only that', async () => {
    const nightly = join(folder.path, 'nightly')
    const one = await inSandbox('import', nightly, '--endpoint', 'Nightly', '--output', 'json')
    expect(one.code).toBe(0)
    expect(JSON.parse(one.stdout)).toMatchObject({
      folder: nightly,
      variables: ['API_KEY'],
      skipped: [],
      problems: [],
      changes: [],
      complete: true,
    })
    expect(filesIn(nightly)).toEqual(FILES.slice(0, 4))
    const models = join(folder.path, 'models')
    await inSandbox('import', models, '--kind', 'model')
    expect(filesIn(models)).toEqual(['models/fraud/version-1.yml'])
  })

  test.each([
    [
      ['--endpoint', 'nobody'],
      "No endpoint 'nobody' in the workspace sandbox: it has fraud, nightly",
    ],
    [['--kind', 'Code'], "'Code' is no kind: it may be OnlineEndpoint"],
  ])('%j is refused in one sentence', async (args, sentence) => {
    const { code, stderr } = await inSandbox('import', join(folder.path, 'none'), ...args)
    expect(code).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  test('a place that cannot be written to is told without a stack', async () => {
    const file = join(folder.path, 'a-file')
    writeFileSync(file, '')
    const { code, stderr } = await inSandbox('import', file)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Nothing was written: .*a-file.*\n$/)
  })
})
