import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { createFolder, run, SAMPLE, sampleIn, writeFiles } from './program.ts'

const folder = createFolder()
afterAll(folder.remove)

const ENDPOINT = 'managedOnlineEndpoint.schema.json'
const DEPLOYMENT = 'managedOnlineDeployment.schema.json'

const BROKEN = {
  'endpoint.yml': `$schema: ${ENDPOINT}\nname: shop\nauth_mod: key\ntraffic:\n  blue: 100\n`,
  'again.yml': `$schema: ${ENDPOINT}\nname: twin\n---\n$schema: ${ENDPOINT}\nname: Twin\n`,
  'blue.yml': `$schema: ${DEPLOYMENT}\nname: blue\nendpoint_name: shop\ninstance_type: Standard_DS3_v2\ncode_configuration:\n  code: ./nowhere\n  scoring_script: score.py\n`,
  'syntax.yml': 'name: [unclosed\n',
}

async function validated(paths: readonly string[], cwd = folder.path) {
  const { code, stdout, stderr } = await run(cwd, ['validate', ...paths, '--output', 'json'])
  expect(stderr).toBe('')
  return { code, ...JSON.parse(stdout) }
}

test('the sample workspace is good; its resources are named with their places', async () => {
  const { code, resources, problems, ...rest } = await validated([SAMPLE])
  expect({ code, problems, rest }).toEqual({ code: 0, problems: [], rest: { leftOut: [] } })
  const at = (name: string) => expect.stringMatching(new RegExp(`(^|/)${name}$`))
  expect(resources).toEqual([
    { kind: 'Code', name: expect.any(String), version: '1', file: at('blue.yml'), line: 7 },
    { kind: 'Environment', name: 'fraud-env', version: '1', file: at('environment.yml'), line: 1 },
    { kind: 'Model', name: 'fraud', version: '1', file: at('fraud-1.yml'), line: 1 },
    { kind: 'OnlineDeployment', parent: 'fraud', name: 'blue', file: at('blue.yml'), line: 1 },
    { kind: 'OnlineEndpoint', name: 'fraud', file: at('endpoint.yml'), line: 1 },
  ])
})

describe('a folder with mistakes', () => {
  const place = writeFiles(join(folder.path, 'broken'), BROKEN)

  test('ends with 1 and tells all of them, each at its place', async () => {
    const { code, problems } = await validated([place])
    expect(code).toBe(1)
    expect(problems).toEqual([
      problem('again.yml', 1, 1, 'DuplicateIdentity', 'again.yml:4:1'),
      problem('again.yml', 4, 1, 'DuplicateIdentity', 'again.yml:1:1'),
      problem('blue.yml', 6, 9, 'FileNotFound', './nowhere'),
      problem('endpoint.yml', 3, 1, 'UnknownField', 'did you mean "auth_mode"?'),
      expect.objectContaining({ file: 'syntax.yml', reason: 'YamlSyntax' }),
    ])
    for (const one of problems)
      expect(Object.keys(one)).toEqual(['file', 'line', 'column', 'reason', 'message'])
  })

  test('as text has one line per problem in the form editors jump to', async () => {
    const { code, stdout } = await run(folder.path, ['validate', place])
    expect(code).toBe(1)
    expect(stdout).toContain('endpoint.yml:3:1: error UnknownField: unknown field "auth_mod"')
    expect(stdout).toMatch(/\n\d+ resources?, 5 errors, 0 warnings\.\n$/)
    expect(stdout).not.toContain('\u001b[')
  })
})

function problem(file: string, line: number, column: number, reason: string, said: string) {
  return { file, line, column, reason, message: expect.stringContaining(said) }
}

describe('what lies around the manifests', () => {
  const repository = sampleIn(folder.path, 'repository/workspace')
  mkdirSync(join(folder.path, 'repository', '.git'))
  writeFiles(join(repository, '..', 'team'), {
    'green.yml': `$schema: ${DEPLOYMENT}\nname: green\nendpoint_name: fraud\ninstance_type: Standard_DS3_v2\nmodel: azureml:fraud:1\ncode_configuration:\n  code: ../workspace/src\n  scoring_script: score.py\n`,
    'other.yml': 'nonsense: true\n',
  })

  test('a lone file may name what lies elsewhere in its repository', async () => {
    const { code, resources, problems } = await validated([join(repository, '../team/green.yml')])
    expect({ code, problems }).toEqual({ code: 0, problems: [] })
    expect(resources).toContainEqual({
      ...{ kind: 'OnlineDeployment', name: 'green', parent: 'fraud' },
      ...{ file: 'team/green.yml', line: 1 },
    })
  })

  test('mistakes of files that were not named are not told', async () => {
    const { code } = await validated([repository])
    expect(code).toBe(0)
  })

  test('several paths are read together', async () => {
    const paths = ['endpoint.yml', 'blue.yml'].map((name) => join(repository, name))
    const { code, problems } = await validated(paths)
    expect({ code, problems }).toEqual({ code: 0, problems: [] })
  })
})

describe('a folder that needs what lies beside it', () => {
  const root = writeFiles(join(folder.path, 'beside'), {
    '.git/HEAD': 'ref: refs/heads/main\n',
    'src/score.py': '',
    'conda.yml': 'dependencies: [python=3.12]\n',
    'shared/env.yml': `name: shared\nversion: "1"\nimage: acme.azurecr.io/a:1\n`,
    'deploy/endpoint.yml': `$schema: ${ENDPOINT}\nname: shop\nauth_mode: key\n`,
    'deploy/blue.yml': `$schema: ${DEPLOYMENT}\nname: blue\nendpoint_name: shop\ninstance_type: Standard_DS3_v2\nmodel: azureml:m:1\ncode_configuration:\n  code: ../src\n  scoring_script: score.py\n`,
    'deploy/env.yml': `$schema: environment.schema.json\nname: e\nversion: "1"\nimage: acme.azurecr.io/a:1\nconda_file: ../conda.yml\n`,
    'deploy/lost.yml': `$schema: environment.schema.json\nname: l\nversion: "1"\nimage: acme.azurecr.io/a:1\n`,
    'shared/endpoint.yml': `$schema: ${ENDPOINT}\nname: other\nauth_mode: key\n`,
    'rollouts/rollout.yml': `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: { name: other }
spec:
  endpoint: other
  strategy: { canary: { steps: [{ setWeight: 10 }] } }
  template:
    instance_type: Standard_DS3_v2
    model: azureml:m:1
    environment: azureml:e:1
    code_configuration: { code: azureml:c:1, scoring_script: score.py }
`,
  })
  const told = async (place: string) => {
    const { code, stdout } = await run(root, ['validate', place])
    const lines = stdout.split('\n').filter((line) => / (?:error|warning) /.test(line))
    return { code, lines: lines.map((line) => line.split(' ').slice(0, 3).join(' ')), stdout }
  }

  test('is warned of with the reason for which a plan of it is refused', async () => {
    const { code, lines, stdout } = await told('deploy')
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        'deploy/blue.yml:7:9: warning FileNotFound:',
        'deploy/env.yml:5:13: warning FileNotFound:',
      ],
    })
    expect(stdout).toContain('so it is for "deploy" by itself, as a plan of it')
    const plan = await run(root, ['plan', root, '--path', 'deploy'])
    expect(plan.code).toBe(1)
    for (const line of ['deploy/blue.yml:7:9: error FileNotFound', 'deploy/env.yml:5:13: error'])
      expect(`${plan.stdout}${plan.stderr}`).toContain(line)
  })

  test.each(['.', 'deploy/blue.yml'])(
    'is not warned of by what holds both, or by a file: %s',
    async (place) => {
      const { code, lines } = await told(place)
      expect({ code, lines }).toEqual({ code: 0, lines: [] })
    },
  )

  test('is warned of, too, where a Rollout lies apart from its endpoint', async () => {
    const { code, lines } = await told('rollouts')
    expect(code).toBe(0)
    expect(lines).toEqual([expect.stringMatching(/^rollouts\/rollout\.yml:\d+:\d+: warning /)])
  })

  test('what the whole repository does not have, either, stays an error, and is told once', async () => {
    writeFiles(root, {
      'deploy/lost.yml': `$schema: environment.schema.json\nname: l\nversion: "1"\nimage: acme.azurecr.io/a:1\nconda_file: ../nowhere.yml\n`,
    })
    const { code, lines } = await told('deploy')
    expect(code).toBe(1)
    expect(lines.filter((line) => line.includes('lost'))).toEqual([
      'deploy/lost.yml:5:13: error FileNotFound:',
    ])
  })
})

describe('what was asked for and is not read', () => {
  const root = writeFiles(join(folder.path, 'asked'), {
    '.git/HEAD': 'ref: refs/heads/main\n',
    'a/blue.yml': `$schema: ${DEPLOYMENT}\nname: blue\nendpoint_name: shop\ninstance_type: Standard_DS3_v2\nmodel: azureml:m:1\ncode_configuration: { code: ./src, scoring_script: main.py }\n`,
    'a/src/score.py': '',
    'b/blue.yml': `$schema: ${DEPLOYMENT}\nname: blue\nendpoint_name: shop\ninstance_type: Standard_DS3_v2\nmodel: azureml:m:2\n`,
    '.azureml/prod/endpoint.yml': `$schema: ${ENDPOINT}\nname: shop\nauth_mod: key\n`,
    'compose-api.yml': 'services: {}\n',
    'only/params.yml': 'epochs: 3\n',
    'only/job.yml': '$schema: x/commandJob.schema.json\ncommand: x\n',
  })

  test('is never nothing: a file whose deployment another file declares, too, has its mistakes', async () => {
    const { code, problems } = await validated([join(root, 'a/blue.yml')])
    expect([code, problems]).toEqual([1, [problem('a/blue.yml', 6, 52, 'FileNotFound', 'main.py')]])
  })

  test('is read when it lies below a dot, and was named', async () => {
    const { code, problems } = await validated([join(root, '.azureml/prod')])
    expect([code, problems]).toEqual([
      1,
      [problem('.azureml/prod/endpoint.yml', 3, 1, 'UnknownField', 'auth_mode')],
    ])
  })

  test.each([
    ['compose-api.yml', [['compose-api.yml', 'NoManifest']]],
    [
      'only',
      [
        ['only/job.yml', 'KindNotSupported'],
        ['only/params.yml', 'NoManifest'],
      ],
    ],
  ])('is listed with its reason, and is no success: %s', async (path, left) => {
    const { code, resources, problems, leftOut } = await validated([join(root, path)])
    expect([code, resources, problems]).toEqual([1, [], []])
    expect(
      leftOut.map(({ file, reason }: { file: string; reason: string }) => [file, reason]),
    ).toEqual(left)
    const { stdout } = await run(root, ['validate', path])
    expect(stdout).toContain(`There is no manifest in ${path}: nothing was checked.`)
  })
})

describe('Applications', () => {
  const application = (name: string, more = '') =>
    `apiVersion: verdigris.dev/v1\nkind: Application\nmetadata: { name: ${name} }\nspec:\n  source: { repository: https://example.com/models.git }\n  sandbox: {}\n${more}`

  test('are checked too, also against each other', async () => {
    const place = writeFiles(join(folder.path, 'applications'), {
      'a.yml': application('fraud', '  sync: { intervall: 60s }\n'),
      'b.yml': application('churn'),
      'c.yml': application('churn'),
    })
    const { code, problems } = await validated([place])
    expect(code).toBe(1)
    expect(
      problems.map(({ file, reason }: { file: string; reason: string }) => [file, reason]),
    ).toEqual(
      expect.arrayContaining([
        ['a.yml', 'UnknownField'],
        ['b.yml', 'DuplicateIdentity'],
        ['c.yml', 'DuplicateIdentity'],
      ]),
    )
  })
})

test('a path that does not exist is named', async () => {
  const { code, stdout, stderr } = await run(folder.path, ['validate', 'nowhere.yml'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toBe('There is no file or folder nowhere.yml: check the path.\n')
})

test('a file that is no text is a problem, not a crash', async () => {
  const place = join(folder.path, 'odd.yml')
  writeFileSync(place, Buffer.from([0xff, 0xfe, 0x00]))
  const { code, problems } = await validated([place])
  expect(code).toBe(1)
  expect(problems).toEqual([expect.objectContaining({ file: 'odd.yml', reason: 'FileRefused' })])
})

test('variables of an Application can be given', async () => {
  const place = writeFiles(join(folder.path, 'variables'), {
    'endpoint.yml': `$schema: ${ENDPOINT}\nname: \${STAGE}-fraud\n`,
  })
  const without = await validated([place])
  expect(without.problems).toContainEqual(
    expect.objectContaining({ line: 2, column: 7, reason: 'UndefinedVariable' }),
  )
  const given = await validated([place, '--variable', 'STAGE=prod'])
  expect(given).toMatchObject({ code: 0, resources: [{ name: 'prod-fraud' }] })
})

test('a name of a file commands no terminal, as text and as JSON', async () => {
  const name = 'a\u001b[2J\u009b31m\u202e.yml'
  const place = writeFiles(join(folder.path, 'named'), { [name]: 'name: [unclosed\n' })
  for (const output of ['text', 'json']) {
    const { stdout } = await run(folder.path, ['validate', place, '--output', output])
    expect(stdout).toContain('\\u001b[2J\\u009b31m\\u202e.yml')
    for (const control of ['\u001b', '\u009b', '\u202e']) expect(stdout).not.toContain(control)
  }
  expect((await validated([place])).problems[0].file).toContain(name)
})
