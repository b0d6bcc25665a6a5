import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Manifests, readManifests } from '../../../src/core/manifests/read.ts'
import type { Problem } from '../../../src/core/model/problem.ts'
import { keyOf } from '../../../src/core/model/ref.ts'
import type { Refusal } from '../../../src/core/model/snapshot.ts'
import { blobId, snapshotOf } from '../../support/snapshot.ts'

type Texts = Readonly<Record<string, string>>

const ENDPOINT = 'name: fraud\nauth_mode: key\ntraffic: {blue: 100}\n'
const BLUE = `name: blue
endpoint_name: fraud
model: {path: ../model/}
code_configuration: {code: ../src, scoring_script: score.py}
environment: {image: img, conda_file: ../conda.yml}
instance_type: Standard_DS3_v2
`
const MODEL = 'name: m\nversion: 1\ntype: custom_model\npath: azureml://datastores/d/paths/m\n'
const CONTENT = {
  'model/model.pkl': 'weights',
  'src/score.py': 'def init(): pass',
  'conda.yml': 'name: x\ndependencies: [pip]\n',
}
const WHOLE: Texts = { 'prod/endpoint.yml': ENDPOINT, 'prod/blue.yml': BLUE, ...CONTENT }

function read(
  files: Texts,
  options: { variables?: Texts; refused?: Readonly<Record<string, Refusal>> } = {},
): Manifests {
  const snapshot = snapshotOf(files, { refused: options.refused ?? {} })
  return readManifests({ snapshot, variables: options.variables ?? {} })
}

const told = ({ problems }: Manifests) =>
  problems.map(({ reason, at }) => `${reason} ${at.file}:${at.line}:${at.column}`)
const keys = ({ desired }: Manifests) =>
  desired.map(({ ref }) => keyOf(ref).replace(/vg-\w{32}/, 'vg'))

describe('a name with a slip of the pen', () => {
  test.each([
    ['../conda.yml', '../conda.yaml', 'there is no "../conda.yaml": did you mean "conda.yml"?'],
    ['../model/', '../models', 'there is no "../models": did you mean "model"?'],
    ['../src', '../scr', 'there is no "../scr": did you mean "src"?'],
    [
      'score.py',
      'scores.py',
      'there is no "scores.py" in the code folder: did you mean "score.py"?',
    ],
    ['../conda.yml', '../packages.yml', 'there is no "../packages.yml" (only files under the'],
  ])('%s is suggested for %s', (right, wrong, message) => {
    const { problems } = read({ ...WHOLE, 'prod/blue.yml': BLUE.replace(right, wrong) })
    const errors = problems.filter(({ severity }) => severity === 'error')
    expect(errors).toMatchObject([
      { reason: 'FileNotFound', message: expect.stringContaining(message) },
    ])
  })

  test.each([
    ['online', 'fruad', ['UnknownEndpoint prod/blue.yml:2:16']],
    ['online', 'elsewhere', []],
    ['batch', 'nihgtly', ['UnknownEndpoint d.yml:2:16']],
    ['batch', 'fruad', []],
  ])(
    'an %s endpoint that is not declared is a warning when one of nearly its name is: %s',
    (kind, name, expected) => {
      const manifests = read({
        'prod/endpoint.yml': 'name: fraud\nauth_mode: key\n',
        'e.yml': 'name: nightly\n$schema: x/batchEndpoint.schema.json\n',
        ...CONTENT,
        ...(kind === 'online'
          ? { 'prod/blue.yml': BLUE.replace('_name: fraud', `_name: ${name}`) }
          : {
              'd.yml': `name: folder\nendpoint_name: ${name}\n$schema: x/batchDeployment.schema.json\ntype: model\nmodel: azureml:m:1\ncompute: azureml:c\n`,
            }),
      })
      const warnings = {
        ...manifests,
        problems: manifests.problems.filter((one) => one.severity !== 'note'),
      }
      expect(told(warnings)).toEqual(expected)
      expect(warnings.problems.every(({ severity }) => severity === 'warning')).toBe(true)
    },
  )
})

describe('a deployment with local content', () => {
  test('declares its code, model and environment, and waits for them and its endpoint', () => {
    const manifests = read(WHOLE)
    expect(manifests.problems).toEqual([])
    expect(keys(manifests)).toEqual([
      'Code/vg:1',
      'Environment/vg:1',
      'Model/vg:1',
      'OnlineDeployment/fraud/blue',
      'OnlineEndpoint/fraud',
    ])
    const blue = manifests.desired[3]
    expect(blue?.dependsOn.map(({ kind }) => kind)).toEqual([
      'OnlineEndpoint',
      'Model',
      'Environment',
      'Code',
    ])
    expect(blue?.at).toEqual({ file: 'prod/blue.yml', line: 1, column: 1 })
    expect(manifests.desired[2]?.at).toEqual({ file: 'prod/blue.yml', line: 3, column: 1 })
  })

  test('names content by what is in it, so that the same content is the same wherever it lies', () => {
    const moved = read({
      'x/y/prod/blue.yml': BLUE,
      ...Object.fromEntries(Object.entries(CONTENT).map(([path, text]) => [`x/y/${path}`, text])),
    })
    const names = (manifests: Manifests) =>
      manifests.desired.slice(0, 3).map(({ ref, spec }) => [ref, spec])
    expect(names(moved)).toEqual(names(read(WHOLE)))
    const changed = read({ ...WHOLE, 'src/score.py': 'def init(): return 1' })
    expect(names(changed)[0]).not.toEqual(names(read(WHOLE))[0])
    expect(names(changed).slice(1)).toEqual(names(read(WHOLE)).slice(1))
  })

  test('a comment in a conda file makes no new environment', () => {
    const commented = read({ ...WHOLE, 'conda.yml': '# hello\ndependencies: [pip]\nname: x\n' })
    expect(commented.desired.map(({ ref }) => ref)).toEqual(
      read(WHOLE).desired.map(({ ref }) => ref),
    )
  })

  test('the hash is SHA-256 over the sorted paths and blob ids', () => {
    const files = {
      'm.yml': 'name: m\npath: d\ntype: custom_model\n',
      'd/b': '2',
      'd/a/c': '1',
      'd/B': '3',
    }
    const upload = read(files).desired[0]?.upload
    expect(upload).toMatchObject({ name: 'd', isFolder: true })
    expect(upload?.files.map(({ path }) => path)).toEqual(['B', 'a/c', 'b'])
    const lines = [`B\0${blobId('3')}\n`, `a/c\0${blobId('1')}\n`, `b\0${blobId('2')}\n`]
    expect(upload?.hash).toBe(createHash('sha256').update(lines.join('')).digest('hex'))
  })
})

describe('local content that cannot be used', () => {
  const model = (path: string) => `name: mod\ntype: custom_model\npath: ${JSON.stringify(path)}\n`
  test.each<[string, string, string]>([
    ['missing', './nothing', 'FileNotFound'],
    ['outside the repository', '../../../etc/passwd', 'OutsideRepository'],
    ['absolute', '/etc/passwd', 'OutsideRepository'],
    ['a drive', 'C:/x', 'OutsideRepository'],
    ['a home', '~/x', 'OutsideRepository'],
    ['with backslashes', 'a\\b', 'InvalidPath'],
    ['a file URL', 'file:///etc/passwd', 'InvalidPath'],
    ['plain http', 'http://example.com/m', 'InvalidPath'],
    ['a symbolic link', 'link', 'FileRefused'],
    ['a folder with one', 'folder', 'FileRefused'],
    ['a folder that is empty once ignored', 'ignored', 'EmptyFolder'],
    ['an ignore file that takes too long', 'slow', 'InvalidIgnoreFile'],
  ])('%s: %s is %s', (_, path, reason) => {
    const manifests = read(
      {
        'm/model.yml': model(path),
        'm/folder/a': '',
        'm/ignored/.amlignore': '*\n',
        'm/ignored/a': '',
        'm/slow/.amlignore': 'a*a*a*a*a*b\n',
        'm/slow/a': '',
      },
      { refused: { 'm/link': 'Symlink', 'm/folder/l': 'Symlink' } },
    )
    expect(told(manifests)).toEqual([`${reason} m/model.yml:3:7`])
    expect(manifests.desired).toEqual([])
  })

  test('a script and a Dockerfile that an ignore file leaves out are said to be', () => {
    const { problems } = read({
      ...WHOLE,
      'src/.amlignore': '*.py\n',
      'ctx/.gitignore': 'Dockerfile\n',
      'ctx/Dockerfile': '',
      'prod/env.yml': 'name: env\nbuild: {path: ../ctx}\n',
    })
    expect(problems.map(({ message }) => message)).toEqual([
      'there is no "score.py" in the code folder that is uploaded: .amlignore leaves it out',
      'there is no "Dockerfile" in the build context that is uploaded: .gitignore leaves it out',
    ])
  })

  test('.amlignore wins over .gitignore', () => {
    const files = {
      'm.yml': model('d'),
      'd/.gitignore': 'a\n',
      'd/.amlignore': 'b/\n!x\n',
      'd/a': '',
      'd/b/c': '',
      'd/.hidden': '',
    }
    const paths = (texts: Texts) => read(texts).desired[0]?.upload?.files.map(({ path }) => path)
    expect(paths(files)).toEqual(['.amlignore', '.gitignore', '.hidden', 'a'])
    const { 'd/.amlignore': _, ...rest } = files
    expect(paths(rest)).toEqual(['.gitignore', '.hidden', 'b/c'])
  })

  test('a scoring script and a Dockerfile have to be where they are said to be', () => {
    const manifests = read({
      ...WHOLE,
      'prod/blue.yml': BLUE.replace('score.py}', 'main.py}'),
      'prod/env.yml': 'name: env\nbuild: {path: ../src}\n',
    })
    expect(told(manifests)).toEqual([
      'FileNotFound prod/blue.yml:4:52',
      'FileNotFound prod/env.yml:2:15',
    ])
  })

  test.each([
    ['the model, a folder', 'model/model.pkl', 3],
    ['the scoring script', 'src/score.py', 4],
    ['the conda file', 'conda.yml', 5],
  ])('a pointer of Git LFS is no content: %s', (_, path, line) => {
    const { problems } = read(WHOLE, { refused: { [path]: 'LfsPointer' } })
    expect(problems).toMatchObject([
      { at: { file: 'prod/blue.yml', line }, message: expect.stringContaining('git lfs pull') },
    ])
  })

  test.each([
    ['no mapping', 'just text', '"../conda.yml" is not a YAML mapping of a conda environment'],
    [
      'merge markers',
      '<<<<<<< HEAD\nname: x\n=======\nname: y\n>>>>>>> other\n',
      '"conda.yml" at 1:1: ',
    ],
    ['a tab', 'name: x\ndependencies:\n\t- pip\n', '"conda.yml" at 3:1: '],
    ['a bracket that stays open', 'dependencies: [ pip\n', '"conda.yml" at 2:1: '],
    [
      'an item one space too little',
      'dependencies:\n  - python=3.10\n - pip\n',
      '"conda.yml" at 3:1: ',
    ],
    [
      'packages of pip that are not below it',
      'dependencies:\n  - pip:\n  - scikit-learn==1.5.0\n',
      '"../conda.yml" at "dependencies.0": "pip:" needs a list of packages, indented below it',
    ],
    [
      'items that have become one text',
      'dependencies:\n  - pip:\n    - scikit-learn\n      - joblib: 1\n',
      '"conda.yml" at 3:7: ',
    ],
    [
      'a list that has become a key',
      'dependencies:\n  - ? [ scikit-learn ]\n',
      '"conda.yml" at 2:7: a key must be text',
    ],
    [
      'a package that is a number',
      'dependencies: [ 3.10 ]',
      'at "dependencies.0": "3.1" must be text',
    ],
    ['no list', 'channels: conda-forge\n', 'at "channels": "channels" must be a list'],
    ['a key twice', 'name: x\nname: y\n', '"conda.yml" at 2:1: the key "name" is here twice'],
    ['two documents', 'name: x\n---\nname: y\n', 'it must be one YAML document'],
    [
      'nested deeper than a manifest may be',
      `name: x\nprefix: ${'['.repeat(20)}${']'.repeat(20)}\n`,
      'it is nested deeper than 8 levels',
    ],
    [
      'longer than what is compared',
      `name: x\ndependencies:\n${`  - ${'a'.repeat(300)}\n`.repeat(900)}`,
      'it is longer than 262144 characters as JSON',
    ],
  ])('a conda file is read as strictly as a manifest: %s', (_, text, message) => {
    const { problems } = read({ ...WHOLE, 'conda.yml': text })
    expect(problems.map(({ at, message: said }) => [at.file, at.line, said])).toEqual([
      ['prod/blue.yml', 5, expect.stringContaining(message)],
    ])
  })

  test('merge keys, which the CLI takes, are written out: what a mapping says itself comes first', () => {
    const { desired, problems } = read({
      'a.yml': `name: fraud
auth_mode: key
tags: &common {team: risk, stage: test}
properties:
  <<: [{a: one, b: one}, {b: two, c: two}]
  c: own
---
name: churn
auth_mode: key
tags:
  <<: {team: risk, stage: test}
  stage: prod
`,
    })
    expect(problems).toEqual([])
    expect(desired.map(({ ref, spec }) => [ref.name, spec.tags, spec.properties])).toEqual([
      ['churn', { team: 'risk', stage: 'prod' }, undefined],
      ['fraud', { team: 'risk', stage: 'test' }, { a: 'one', b: 'one', c: 'own' }],
    ])
  })

  test.each([
    ['a text', '<<: text', 'MergeKey'],
    ['a list with a text', '<<: [{a: b}, text]', 'MergeKey'],
    ['twice', '<<: {a: b}\n  <<: {c: d}', 'DuplicateKey'],
    ['a key that reaches a prototype', '<<: {__proto__: b}', 'ForbiddenKey'],
  ])('a merge key with %s is refused', (_, merge, reason) => {
    const { problems } = read({ 'a.yml': `name: fraud\nauth_mode: key\ntags:\n  ${merge}\n` })
    expect(problems.map((problem) => problem.reason)).toEqual([reason])
  })

  test('in a conda file nothing is a variable of ours', () => {
    const text = `dependencies:\n  - pip:\n    - --extra-index-url https://\${TOKEN}@example.com/simple\n`
    const { problems, desired } = read({ ...WHOLE, 'conda.yml': text })
    expect(problems).toEqual([])
    expect(JSON.stringify(desired)).toContain(`\${TOKEN}`)
  })

  test('a conda file that stands in the manifest is held to the same', () => {
    const manifests = read({
      ...WHOLE,
      'prod/env.yml':
        'name: env\nimage: img\nconda_file:\n  dependencies:\n    - pip:\n    - numpy\n',
    })
    expect(told(manifests)).toEqual(['InvalidCondaFile prod/env.yml:5:7'])
  })
})

describe('which YAML is a manifest', () => {
  test('what a manifest uploads or names may hold anything', () => {
    const manifests = read({
      ...WHOLE,
      'src/config.yml': 'anything: goes',
      'src/broken.yaml': '{{',
      'src/job.yml': '$schema: x/commandJob.schema.json\n',
      'model/MLmodel.yml': 'a: !x 1',
    })
    expect(manifests.problems).toEqual([])
  })

  test('in a folder that holds manifests too, a broken file is an error: it may have been one', () => {
    const manifests = read({
      'blue.yml': BLUE.replaceAll('../', './'),
      'code/.keep': '',
      ...CONTENT,
      'endpoint.yml': 'name: fraud\nauth_mode: {{\n',
      'other.yml': BLUE.replace('blue', 'green').replaceAll('../src', '.').replaceAll('../', './'),
      'score.py': '',
    })
    expect(told(manifests)).toContain('YamlSyntax endpoint.yml:2:13')
  })

  test.each(['.github/workflows/ci.yml', '.pre-commit-config.yaml'])(
    'below a dot nothing is read: %s',
    (path) => {
      expect(read({ [path]: 'on: push' }).problems).toEqual([])
    },
  )

  test.each([
    ['docker-compose.yml', 'services: !reset\n  web: {}\n', 'a Compose file'],
    ['compose-prod.yaml', 'services:\n  web: { image: x }\n', 'a Compose file'],
    ['mkdocs.yml', 'nav: !ENV x\n', 'a configuration of MkDocs'],
    ['a/azure-pipelines.yml', 'x: ${{ broken\n', 'an Azure pipeline'],
    ['codecov.yml', 'comment: false\n', 'a configuration of Codecov'],
    ['params.yaml', 'train: { epochs: 3 }\n', 'a file of DVC'],
    ['dvc.yaml', 'stages: { train: { cmd: python train.py } }\n', 'a file of DVC'],
    ['ci/steps.yml', 'parameters: []\nsteps:\n  - script: x\n', 'an Azure pipeline'],
    ['ci/nightly.yml', 'trigger: none\npool: { vmImage: x }\n', 'an Azure pipeline'],
    ['ci/stages.yml', 'stages:\n  - stage: a\n', 'an Azure pipeline'],
    ['workflow.yml', 'on: push\njobs: { a: { steps: [] } }\n', 'a GitHub workflow'],
    ['k8s/app.yml', 'apiVersion: apps/v1\nkind: Deployment\n', 'a resource of another tool'],
    ['argo.yml', 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n', 'a resource of another'],
    ['chart/Chart.yaml', 'apiVersion: v2\nname: x\n', 'a file of a Helm chart'],
    ['train.yml', '$schema: x/commandJob.schema.json\ncommand: x\n', 'a Job is not kept'],
    ['component.yml', '$schema: x/commandComponent.schema.json\n', 'a Component is not kept'],
    ['nightly.yml', 'trigger: { type: cron }\ncreate_job: ./job.yml\n', 'a Schedule is not kept'],
    ['unused/conda.yml', 'dependencies: [pip]\n', 'a conda file that no manifest names'],
    ['prod/green.yml', '', 'an empty file, which declares nothing'],
    ['prod/green.yml', '\ufeff\n\n', 'an empty file, which declares nothing'],
    ['prod/green.yml', '# name: green\n', 'an empty file, which declares nothing'],
    ['prod/green.yml', '---\n---\n...\n', 'an empty file, which declares nothing'],
  ])('%s is something else: it is left alone, and listed', (path, text, what) => {
    const { problems, desired } = read({ ...WHOLE, [path]: text })
    expect(problems).toMatchObject([
      { severity: 'note', at: { file: path }, message: expect.stringContaining(what) },
    ])
    expect(desired).toHaveLength(5)
  })

  test('an empty file is told where it could be a manifest only: not beside one, and not as content', () => {
    const files = { 'prod/endpoint.yml': `---\n---\n${ENDPOINT}\n---\n`, 'src/empty.yml': '' }
    expect(read({ ...WHOLE, ...files }).problems).toEqual([])
  })

  test('a conda file is told as one that nobody names only where every manifest is understood', () => {
    const broken = { ...WHOLE, 'prod/blue.yml': BLUE.replace('instance_type', 'instanceType') }
    expect(told(read(broken))).not.toContainEqual(expect.stringContaining('NoManifest'))
  })

  test('a manifest is read under whatever name it has', () => {
    const { problems, desired } = read({
      'compose-fraud.yml': ENDPOINT.replace('blue: 100', ''),
      'params.yml': MODEL,
    })
    expect([problems, desired.map(({ ref }) => ref.kind)]).toEqual([
      [],
      ['Model', 'OnlineEndpoint'],
    ])
  })

  test.each([
    ['a kind of ours of another group', 'apiVersion: verdigirs.dev/v1\nkind: OnlineEndpoint\n'],
    ['an endpoint with a misspelt schema', '$schema: x/managedOnlineEndpiont.schema.json\n'],
    ['nothing that is known', 'some: thing\n'],
  ])('what may be a manifest is an error, for what is not read is deleted: %s', (_, text) => {
    expect(read({ 'a.yml': text }).problems).toMatchObject([{ severity: 'error' }])
  })

  test('.verdigrisignore leaves files out, below its own folder, and says which', () => {
    const { problems, desired } = read({
      ...WHOLE,
      'training/.verdigrisignore': '# ours\n*.yml\n!keep.yml\n',
      'training/job.yml': 'some: thing\n',
      'training/sub/job.yml': 'name: [\n',
      'training/keep.yml': ENDPOINT.replace('fraud', 'kept').replace('{blue: 100}', '{}'),
      'other/job.yml': 'some: thing\n',
    })
    expect(problems.map(({ severity, at, message }) => [severity, at.file, message])).toEqual([
      ['error', 'other/job.yml', expect.stringContaining('.verdigrisignore')],
      [
        'note',
        'training/.verdigrisignore',
        'left out by training/.verdigrisignore: training/job.yml, training/sub/job.yml',
      ],
    ])
    expect(desired.map(({ ref }) => ref.name)).toContain('kept')
  })

  test('an ignore file that takes too long is an error, and leaves nothing out', () => {
    const files = { '.verdigrisignore': 'a*a*a*a*b\n', 'ab.yml': ENDPOINT.replace('blue: 100', '') }
    expect(told(read(files))).toEqual(['InvalidIgnoreFile .verdigrisignore:1:1'])
  })

  test('source.exclude leaves files out, from the folder of the Application', () => {
    const files = {
      'prod/a.yml': ENDPOINT.replace('blue: 100', ''),
      'prod/x/b.yml': 'some: thing\n',
    }
    const snapshot = snapshotOf(files, { roots: ['prod'] })
    const { problems, desired } = readManifests({ snapshot, variables: {}, exclude: ['/x'] })
    expect(problems).toMatchObject([
      { severity: 'note', message: 'left out by source.exclude: prod/x/b.yml' },
    ])
    expect(desired).toHaveLength(1)
  })

  test('a folder that is named is read although it begins with a dot', () => {
    const files = {
      '.azureml/prod/a.yml': ENDPOINT.replace('blue: 100', ''),
      '.azureml/prod/.x/b.yml': '{',
    }
    const snapshot = snapshotOf(files, { roots: ['.azureml/prod'] })
    const { problems, desired } = readManifests({ snapshot, variables: {} })
    expect([problems, desired.length]).toEqual([[], 1])
  })

  test('what cannot be told is an error that says what to do', () => {
    const { problems } = read({ 'a.yml': 'some: thing\n' })
    expect(problems).toMatchObject([{ severity: 'error', reason: 'UnknownKind' }])
    expect(problems[0]?.message).toContain('$schema')
  })

  test('overlays are refused by name', () => {
    expect(told(read({ 'kustomization.yaml': 'resources: []\n' }))).toEqual([
      'KustomizationUnsupported kustomization.yaml:1:1',
    ])
  })

  test('an entry of the tree that may not be read is an error', () => {
    expect(told(read({}, { refused: { 'a.yml': 'Symlink', 'b.txt': 'Symlink' } }))).toEqual([
      'FileRefused a.yml:1:1',
    ])
  })

  test('a file of which the text is missing is an error (P3)', () => {
    const { files, ...snapshot } = snapshotOf(WHOLE)
    const short = files.map(({ text: _, ...file }) => file)
    const { problems } = readManifests({ snapshot: { ...snapshot, files: short }, variables: {} })
    expect(problems.map(({ reason, at }) => `${reason} ${at.file}`)).toEqual([
      'FileUnreadable conda.yml',
      'FileUnreadable prod/blue.yml',
      'FileUnreadable prod/endpoint.yml',
    ])
  })

  test('empty documents declare nothing, and a file of nothing else is a note', () => {
    const { desired, problems } = read({ 'a.yml': '', 'b.yml': '---\n---\n# x\n' })
    expect([desired, problems.map(({ severity, at }) => [severity, at.file])]).toEqual([
      [],
      [
        ['note', 'a.yml'],
        ['note', 'b.yml'],
      ],
    ])
  })
})

describe('the envelope', () => {
  const envelope = (kind: string, metadata: string, spec: string) =>
    `apiVersion: verdigris.dev/v1\nkind: ${kind}\nmetadata: {${metadata}}\nspec: ${spec}\n`

  test('is the same resource as the plain file; labels become tags', () => {
    const plain = read({ 'a.yml': 'name: fraud\nauth_mode: key\ntags: {team: red, n: 1}\n' })
      .desired[0]
    const wrapped = read({
      'a.yml': envelope(
        'OnlineEndpoint',
        'name: fraud, labels: {team: red}',
        '{auth_mode: Key, tags: {n: 1}}',
      ),
    }).desired[0]
    expect(wrapped).toEqual({ ...plain, at: { file: 'a.yml', line: 1, column: 1 } })
  })

  test('carries the policy', () => {
    const annotations =
      'verdigris.dev/drift: report, verdigris.dev/prune: disabled, verdigris.dev/suspend-until: 2027-01-31T12:00:00+01:00, verdigris.dev/adopt: "true", other.dev/x: y'
    const { desired, problems } = read({
      'a.yml': envelope(
        'OnlineEndpoint',
        `name: fraud, annotations: {${annotations}}`,
        '{auth_mode: key}',
      ),
    })
    expect(problems).toEqual([])
    expect(desired[0]?.policy).toEqual({
      drift: 'report',
      prune: 'disabled',
      adopt: true,
      suspendUntil: Date.UTC(2027, 0, 31, 11),
    })
  })

  test.each([
    ['verdigris.dev/drift: fix', 'InvalidAnnotation'],
    ['verdigris.dev/prune: false', 'InvalidAnnotation'],
    ['verdigris.dev/on-delete: keep', 'InvalidAnnotation'],
    ['verdigris.dev/on-delete: archive', 'InvalidAnnotation'],
    ['verdigris.dev/on-delete: detach, verdigris.dev/prune: disabled', 'ConflictingFields'],
    ['verdigris.dev/adopt: yes', 'InvalidAnnotation'],
    ['verdigris.dev/suspend-until: tomorrow', 'InvalidAnnotation'],
    ['verdigris.dev/suspend-until: 2027-02-29', 'InvalidAnnotation'],
    ['verdigris.dev/wave: 1', 'FieldNotSupported'],
    ['Verdigris.dev/drift: report', 'UnknownField'],
  ])('refuses the annotation %s', (annotation, reason) => {
    const { problems } = read({
      'a.yml': envelope(
        'OnlineEndpoint',
        `name: fraud, annotations: {${annotation}}`,
        '{auth_mode: key}',
      ),
    })
    expect(problems.map((problem) => problem.reason)).toEqual([reason])
  })

  test.each([
    ['OnlineEndpoint', '{auth_mode: key}', 'delete', []],
    ['OnlineEndpoint', '{auth_mode: key}', 'detach', []],
    ['Environment', '{version: "1", image: x}', 'archive', []],
    ['Environment', '{version: "1", image: x}', 'detach', []],
    ['Environment', '{version: "1", image: x}', 'delete', ['say archive or detach']],
    ['BatchEndpoint', '{auth_mode: aad_token}', 'archive', ['say detach or delete']],
  ])('of kind %s %s may be left to %s, or says why not', (kind, spec, word, complaints) => {
    const metadata = `name: fraud, annotations: {verdigris.dev/on-delete: ${word}}`
    const { desired, problems } = read({ 'a.yml': envelope(kind, metadata, spec) })
    expect(problems.map(({ message, at }) => [message, at.line])).toEqual(
      complaints.map((complaint) => [expect.stringContaining(complaint), 3]),
    )
    expect(desired.map(({ policy }) => policy.onDelete)).toEqual(
      complaints.length === 0 ? [word] : [],
    )
  })

  test('tells what is wrong with an envelope and with what is in it at once', () => {
    const { problems } = read({
      'a.yml': envelope(
        'OnlineEndpoint',
        'name: fraud, annotations: {verdigris.dev/drfit: report}, lables: {}',
        '{auth_moed: key, traffic: {blue: 90}}',
      ),
      'b.yml': envelope('Model', 'nmae: m', '{path: runs:/x, typo: 1}'),
    })
    expect(problems.map(({ at, message }) => [at.file, message.split(':')[0]])).toEqual([
      ['a.yml', expect.stringContaining('"lables"')],
      ['a.yml', expect.stringContaining('"auth_moed"')],
      ['a.yml', 'traffic must sum to 0 or 100, not 90'],
      ['b.yml', '"name" is required'],
      ['b.yml', expect.stringContaining('"nmae"')],
      ['b.yml', expect.stringContaining('"typo"')],
    ])
  })

  test.each(['prune: false', 'status: {}'])('refuses the field %s beside its own (P9)', (field) => {
    const text = envelope('OnlineEndpoint', 'name: fraud', '{auth_mode: key}')
    const { problems } = read({ 'a.yml': `${text}${field}\n` })
    expect(problems.map(({ reason }) => reason)).toEqual(['UnknownField'])
  })

  test('points at the place inside it', () => {
    const text =
      'apiVersion: verdigris.dev/v1\nkind: OnlineEndpoint\nmetadata:\n  name: a_b\n  labels: {verdigris.x: y}\nspec:\n  auth_mode: pass\n  trafic: {}\n'
    expect(told(read({ 'a.yml': text }))).toEqual([
      'InvalidName a.yml:4:9',
      'ReservedTag a.yml:5:3',
      'InvalidValue a.yml:7:14',
      'UnknownField a.yml:8:3',
    ])
  })

  test('says a name or a tag once', () => {
    const text = envelope(
      'OnlineEndpoint',
      'name: fraud, labels: {team: red}',
      '{name: other, tags: {team: blue}}',
    )
    expect(read({ 'a.yml': text }).problems.map(({ reason }) => reason)).toEqual([
      'ConflictingFields',
      'ConflictingFields',
    ])
  })
})

describe('all problems are told at once', () => {
  test('with file, line, column, and a suggestion where one is near', () => {
    const manifests = read({
      'a.yml': `${ENDPOINT}auth_moed: key\npublic_network_access: maybe\n`.replace('100', '90'),
      'b.yml': BLUE.replace('blue', 'b').replace('instance_type', 'instnce_type'),
      'c.yml': 'foo: bar\n---\nname: x\nauth_mode: key\nauth_mode: key\n',
      ...CONTENT,
    })
    expect(told(manifests)).toEqual(
      [
        'InvalidTraffic a.yml:3:1',
        'UnknownField a.yml:4:1',
        'InvalidValue a.yml:5:24',
        'InvalidName b.yml:1:7',
        'MissingField b.yml:1:1',
        'OutsideRepository b.yml:3:15',
        'OutsideRepository b.yml:4:28',
        'OutsideRepository b.yml:5:39',
        'UnknownField b.yml:6:1',
        'UnknownKind c.yml:1:1',
        'InvalidName c.yml:3:7',
        'DuplicateKey c.yml:5:1',
      ].sort((a, b) => place(a).localeCompare(place(b))),
    )
    expect(manifests.problems[1]?.message).toContain('did you mean "auth_mode"')
  })

  test('but no more than anybody reads', () => {
    const many = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`${i}.yml`, 'a: b\n']))
    const { problems } = read(many)
    expect(problems).toHaveLength(501)
    expect(problems.at(-1)?.reason).toBe('TooManyProblems')
  })
})

function place(text: string): string {
  return text.replace(/^\S+ /, '')
}

describe('identities', () => {
  test('two deployments may declare the same thing inline', () => {
    const manifests = read({ ...WHOLE, 'prod/green.yml': BLUE.replace('blue', 'green') })
    expect(manifests.problems).toEqual([])
    expect(keys(manifests).filter((key) => key.startsWith('Model/'))).toHaveLength(1)
  })

  test('but not different things under one name', () => {
    const named = (path: string, name: string) =>
      BLUE.replace('name: blue', `name: ${name}`).replace(
        '{path: ../model/}',
        `{name: m, version: 1, path: ${path}}`,
      )
    const files = {
      ...WHOLE,
      'prod/blue.yml': named('../model', 'blue'),
      'prod/green.yml': named('../src', 'green'),
    }
    expect(told(read(files))).toEqual([
      'DuplicateIdentity prod/blue.yml:3:1',
      'DuplicateIdentity prod/green.yml:3:1',
    ])
  })

  test('a model without a version has one made of its content', () => {
    const version = (content: string) =>
      read({ 'm.yml': 'name: m\ntype: custom_model\npath: d\n', 'd/x': content }).desired[0]?.ref
        .version
    expect(version('1')).toMatch(/^[0-9a-f]{12}$/)
    expect(version('1')).toBe(version('1'))
    expect(version('1')).not.toBe(version('2'))
  })

  test('versions are the text that was written, where the CLI reads the same', () => {
    const version = (text: string) =>
      read({ 'e.yml': `name: env\nimage: x\nversion: ${text}\n` }).desired[0]?.ref.version
    const same = ['1', '1.5', '1.0', '1.2.3', '1e3', '"7"', "'1.10'", '"2024-01-01"', 'v2']
    expect(same.map(version)).toEqual(same.map((text) => text.replaceAll(/["']/g, '')))
    const others = ['1.10', '012', '0x10', '1_0', '1:30', '2024-01-01', 'yes', 'true', '~', '']
    expect(others.map(version)).toEqual(others.map(() => undefined))
  })

  test.each([
    'instance_count: 012',
    'instance_count: 1_000',
    'instance_count: 1e1',
    'model_mount_path: 2024-01-01',
    'model_mount_path: 1:30',
  ])('%s is one thing to YAML 1.1 and another to 1.2, and refused', (line) => {
    const text = `name: blue\nendpoint_name: fraud\ninstance_type: a\n${line}\n`
    expect(told(read({ 'd.yml': text }))).toContain(
      `AmbiguousScalar d.yml:4:${line.indexOf(' ') + 2}`,
    )
    const quoted = text.replace(/: (\S+)\n$/, ": '$1'\n")
    expect(told(read({ 'd.yml': quoted })).join()).not.toContain('AmbiguousScalar')
  })

  test.each(['description: 7', 'description:', 'description: 2024-01-01', 'description: yes'])(
    '%s is no text, as the CLI has it',
    (line) => {
      expect(told(read({ 'd.yml': `name: env\nimage: x\n${line}\n` }))).not.toEqual([])
    },
  )

  test('what is written for Verdigris alone is YAML 1.2, and its names may be numbers', () => {
    const text =
      'apiVersion: verdigris.dev/v1\nkind: Environment\nmetadata: {name: 7}\nspec: {image: x, version: 1.10}\n'
    expect(read({ 'e.yml': text }).desired[0]?.ref).toMatchObject({ name: '7', version: '1.10' })
  })

  test('an environment may lie in a file of its own, with what it names beside it', () => {
    const blue =
      'name: blue\nendpoint_name: fraud\ninstance_type: a\nenvironment: file:envs/env.yml\n'
    const env = 'image: x\nconda_file: conda.yml\n'
    const conda = 'dependencies: [pip]\n'
    const files = { 'd.yml': blue, 'envs/env.yml': env, 'envs/conda.yml': conda }
    const manifests = read(files)
    expect(told(manifests)).toEqual([])
    const inside = read({
      'd.yml': blue.replace('file:envs/env.yml', '{image: x, conda_file: envs/conda.yml}'),
      'envs/conda.yml': conda,
    })
    expect(keys(manifests)).toEqual(keys(inside))
    // With a name it is that environment, declared once.
    expect(keys(read({ ...files, 'envs/env.yml': `name: e\nversion: '1'\n${env}` }))).toEqual([
      'Environment/e:1',
      'OnlineDeployment/fraud/blue',
    ])
    expect(told(read({ 'd.yml': blue }))).toEqual(['FileNotFound d.yml:4:14'])
    expect(told(read({ ...files, 'envs/env.yml': 'imge: x\nbuild: {}\n' }))).toContain(
      'UnknownField d.yml:4:1',
    )
  })

  test.each([
    [
      'an envelope',
      'apiVersion: verdigris.dev/v1\nkind: Environment\nspec: {image: x}\n',
      'an envelope',
    ],
    ['two documents', 'image: x\n---\nimage: y\n', 'not one YAML document'],
    ['no mapping', '- image\n', 'no mapping'],
    ['a key twice', 'image: x\nimage: y\n', 'the key "image" is here twice'],
    ['a number that the CLI reads otherwise', 'image: x\nversion: 012\n', '"012"'],
  ])('what a deployment takes in as its environment is one manifest, not %s', (_, env, message) => {
    const blue = 'name: blue\nendpoint_name: fraud\ninstance_type: a\nenvironment: file:env.yml\n'
    const { problems } = read({ 'd.yml': blue, 'env.yml': env })
    expect(problems).toContainEqual(
      expect.objectContaining({
        at: { file: 'd.yml', line: 4, column: 14 },
        message: expect.stringContaining(message),
      }),
    )
  })

  test('a label waits for every declared version of its name', () => {
    const manifests = read({
      'd.yml':
        'name: blue\nendpoint_name: fraud\nmodel: azureml:m@latest\nenvironment: azureml:other@latest\ninstance_type: x\n',
      'm.yml': 'name: m\nversion: 7\ntype: custom_model\npath: azureml://datastores/d/paths/p\n',
    })
    const blue = manifests.desired.find(({ ref }) => ref.name === 'blue')
    expect(blue?.dependsOn.map(keyOf)).toEqual(['Model/m:7'])
    expect(blue?.labels).toEqual([
      { kind: 'Model', name: 'm', label: 'latest' },
      { kind: 'Environment', name: 'other', label: 'latest' },
    ])
  })
})

describe('endpoints and their deployments', () => {
  const batch = (name: string, fields = '') =>
    `name: ${name}\nendpoint_name: scores\nmodel: azureml:m:1\ncompute: azureml:c\nmini_batch_size: 5\n${fields}`
  const scores = 'name: scores\nauth_mode: aad_token\ndefaults: {deployment_name: nightly}\n'

  test('a batch endpoint and its deployment are told by their shape', () => {
    const manifests = read({ 'e.yml': scores, 'd.yml': batch('Nightly') })
    expect(manifests.problems).toEqual([])
    expect(keys(manifests)).toEqual(['BatchDeployment/scores/nightly', 'BatchEndpoint/scores'])
    expect(manifests.desired[0]?.dependsOn).toEqual([{ kind: 'BatchEndpoint', name: 'scores' }])
  })

  test.each<[string, Texts, string]>([
    ['another', { 'd.yml': batch('weekly') }, 'error TrafficToUnknownDeployment e.yml:3:29'],
    ['none', {}, 'warning TrafficToUnknownDeployment e.yml:3:29'],
    [
      'one that is wrong',
      { 'd.yml': batch('nightly', 'error_threshold: x\n') },
      'error InvalidValue d.yml:6:18',
    ],
    [
      'an online one of that name',
      { 'd.yml': 'name: nightly\nendpoint_name: scores\ninstance_type: x\n' },
      'warning TrafficToUnknownDeployment e.yml:3:29',
    ],
  ])('a default deployment where %s is declared', (_, files, expected) => {
    const { problems } = read({ 'e.yml': scores, ...files })
    expect(
      problems.map(
        ({ severity, reason, at }) => `${severity} ${reason} ${at.file}:${at.line}:${at.column}`,
      ),
    ).toEqual([expected])
  })

  test('an online and a batch endpoint cannot share a name: they would share a host', () => {
    const online = 'name: Scores\nauth_mode: key\n'
    expect(told(read({ 'a.yml': online, 'b.yml': scores, 'd.yml': batch('nightly') }))).toEqual([
      'DuplicateIdentity a.yml:1:1',
      'DuplicateIdentity b.yml:1:1',
    ])
  })

  test('a managed and a Kubernetes endpoint of one name are one identity', () => {
    const managed = 'name: fraud\nauth_mode: key\n'
    expect(told(read({ 'a.yml': managed, 'b.yml': `${managed}compute: azureml:k\n` }))).toEqual([
      'DuplicateIdentity a.yml:1:1',
      'DuplicateIdentity b.yml:1:1',
    ])
  })

  test('mirroring on Kubernetes is refused at its place', () => {
    const text = 'name: fraud\nauth_mode: key\ncompute: azureml:k\nmirror_traffic: {blue: 10}\n'
    expect(told(read({ 'a.yml': text }))).toEqual(['MirrorNotSupported a.yml:4:1'])
  })

  test.each([
    ['type: kubernetes\n', '', 'ComputeMismatch d.yml:3:7'],
    ['instance_type: x\n', 'compute: azureml:k\n', 'ComputeMismatch d.yml:1:1'],
    ['type: kubernetes\n', 'compute: azureml:k\n', undefined],
  ])('a deployment with %j under an endpoint with %j', (type, compute, expected) => {
    const files = {
      'd.yml': `name: blue\nendpoint_name: fraud\n${type}code_configuration: {scoring_script: s}\n`,
      'e.yml': `name: fraud\nauth_mode: key\n${compute}`,
    }
    expect(told(read(files))).toEqual(expected === undefined ? [] : [expected])
  })

  test('secrets are looked for in batch deployments too', () => {
    const text = batch('nightly', '').replace(
      /^mini_batch_size.*$/m,
      'type: model\nsettings: {mini_batch_size: 1, environment_variables: {API_KEY: abcdefgh12345}}',
    )
    expect(told(read({ 'd.yml': text }))).toEqual(['SecretInManifest d.yml:6:65'])
  })
})

test('a signed address is a secret in the open, which is told and not repeated', () => {
  const path = 'https://a.blob.core.windows.net/c/rows?sv=2024&sig=abcdefgh12345678%3D'
  const { problems } = read({ 'd.yml': `name: rows\ntype: uri_folder\npath: ${path}\n` })
  expect(problems).toMatchObject([{ severity: 'warning', reason: 'SecretInManifest' }])
  expect(problems[0]?.message).not.toContain('abcdefgh')
})

describe('what stands for a secret', () => {
  const VARIABLES = { KEY: 'correct-horse-battery', SIG: 'abcdefgh12345678%3D' }
  const DEPLOYMENT = 'name: blue\nendpoint_name: fraud\ninstance_type: Standard_DS3_v2\n'
  const INLINE = (value: string) =>
    `${DEPLOYMENT}model: {name: m, version: "1", path: "${value}"}\n`
  const BLOB = 'https://a.blob.core.windows.net/c/m?sv=2024&sig='

  test.each([
    ['a variable', `${DEPLOYMENT}environment_variables: {API_KEY: "\${KEY}"}\n`, []],
    [
      'text beside a variable',
      `${DEPLOYMENT}environment_variables: {API_KEY: "12345678\${KEY}"}\n`,
      ['d.yml:4:34'],
    ],
    [
      'text in the open',
      `${DEPLOYMENT}environment_variables: {API_KEY: "12345678"}\n`,
      ['d.yml:4:34'],
    ],
    [
      'a variable of a batch deployment',
      `name: b\nendpoint_name: s\nmodel: azureml:m:1\ncompute: azureml:c\nsettings: {mini_batch_size: 5, environment_variables: {API_KEY: "\${KEY}"}}\n`,
      [],
    ],
    ['a signature by variable', `name: rows\ntype: uri_folder\npath: ${BLOB}\${SIG}\n`, []],
    [
      'a signature in the open',
      `name: rows\ntype: uri_folder\npath: ${BLOB}abcdefgh12345678\n`,
      ['d.yml:3:7'],
    ],
    ['an inline model by variable', INLINE(`${BLOB}\${SIG}`), []],
    ['an inline model in the open', INLINE(`${BLOB}abcdefgh12345678`), ['d.yml:4:1']],
  ])('%s', (_, text, expected) => {
    const { problems } = readManifests({
      snapshot: snapshotOf({ 'd.yml': text }),
      variables: VARIABLES,
    })
    const secrets = problems.filter(({ reason }) => reason === 'SecretInManifest')
    expect(secrets.map(({ at }) => `${at.file}:${at.line}:${at.column}`)).toEqual(expected)
  })

  const TOKEN = `ghp_${'a1B2'.repeat(9)}`
  test.each([
    [
      'a token in a tag',
      `name: shop\nauth_mode: key\ntags:\n  owner: ${TOKEN}\n`,
      ['4:10 "tags.owner"'],
    ],
    [
      'a password in a tag',
      'name: shop\nauth_mode: key\ntags: {db_password: horse-battery}\n',
      ['3:21 "tags.db_password"'],
    ],
    [
      'a password in a property',
      'name: shop\nauth_mode: key\nproperties: {password: horse-battery}\n',
      ['3:24 "properties.password"'],
    ],
    [
      'a description',
      `name: shop\nauth_mode: key\ndescription: "call it with Authorization: Bearer ${TOKEN}"\n`,
      ['3:14 "description"'],
    ],
    [
      'an address',
      'name: env\nversion: "1"\nimage: acme.azurecr.io/a:1\ndescription: see https://sa:horse-battery@git.example.com/m\n',
      ['4:14 "description"'],
    ],
    ['a variable in a tag', `name: shop\nauth_mode: key\ntags: {password: "$${'{KEY}'}"}\n`, []],
    [
      'a conda variable',
      'name: env\nversion: "1"\nimage: i\nconda_file: {dependencies: [pip], variables: {HF_TOKEN: horse-battery}}\n',
      ['4:57'],
    ],
    [
      'words about secrets',
      'name: shop\nauth_mode: key\ndescription: "the token is in a vault; rotate the password yearly"\ntags: {secret-scan: passed, max_tokens: "512", token_type: bpe, has_secret: "no", passcode: "1234", commit: 3f2a9c1e0b7d4c5f8a6e1d2c3b4a5f6e7d8c9b0a}\n',
      [],
    ],
  ])('%s', (_, text, expected) => {
    const { problems } = readManifests({
      snapshot: snapshotOf({ 'e.yml': text }),
      variables: VARIABLES,
    })
    const found = problems.filter(({ reason }) => reason === 'SecretInManifest')
    expect(found).toHaveLength(expected.length)
    for (const [index, one] of expected.entries()) {
      const [place, what = ''] = one.split(' ')
      const { severity, at, message } = found[index] as Problem
      expect([severity, `${at.line}:${at.column}`]).toEqual(['warning', place])
      expect(message).toContain(what)
      expect(message).not.toMatch(/horse|ghp_/)
    }
  })

  test.each([
    ['warnings alone are one more warning', {}, 'warning'],
    ['an error among them is an error', { 'z.yml': 'name: zoo\nauth_mod: key\n' }, 'error'],
  ])('of more problems than are shown, %s', (_, more, severity) => {
    const endpoints = Array.from({ length: 600 }, (_, at) => [
      `e${at}.yml`,
      `name: shop-${at}\nauth_mode: key\ntags: {password: horse-battery}\n`,
    ])
    const { problems } = read({ ...Object.fromEntries(endpoints), ...more })
    const kinds = new Set(problems.slice(0, -1).map((one) => one.severity))
    expect([...kinds]).toEqual(['warning'])
    expect(problems.at(-1)).toMatchObject({ severity, reason: 'TooManyProblems' })
  })

  const ROLLOUT = (more: string, kind = 'Rollout') =>
    `apiVersion: verdigris.dev/v1\nkind: ${kind}\nmetadata: {name: shop}\nspec:\n${more}`
  const CANARY = (steps: string) =>
    ROLLOUT(`  endpoint: shop
  strategy: {canary: {steps: [${steps}]}}
  template:
    instance_type: Standard_DS3_v2
    model: azureml:m:1
    environment: azureml:e:1
    code_configuration: {code: azureml:c:1, scoring_script: score.py}
`)
  const VERIFY = CANARY('{verify: {requests: "golden/*.json"}}, {setWeight: 10}')
  const ASKS = (query: string) =>
    ROLLOUT(
      `  metrics:
    - name: errors
      provider: {prometheus: {address: "https://prom.example.com", query: '${query}'}}
      threshold: {max: 1}
`,
      'AnalysisTemplate',
    )
  test.each([
    [
      'a password in a golden request',
      { 'golden/a.json': '{"request": {"user": "sa", "password": "horse-battery"}}' },
      ['"request.password" of "golden/a.json"'],
    ],
    [
      'a token deep in an expected answer',
      {
        'golden/a.json': `{"request": [1], "expect": {"subset": {"rows": [{"note": "${TOKEN}"}]}}}`,
      },
      ['"expect.rows.0.note" of "golden/a.json"'],
    ],
    [
      'in two files',
      {
        'golden/a.json': '{"request": {"password": "horse-battery"}}',
        'golden/b.json': `{"request": ["${TOKEN}", "${TOKEN}"]}`,
      },
      ['"request.password"', '"request.0" of "golden/b.json"'],
    ],
    [
      'what a model is asked',
      {
        'golden/a.json':
          '{"request": {"tokens": ["a", "b"], "max_token": "12", "text": "the password is wrong"}}',
      },
      [],
    ],
  ])('in golden requests: %s', (_, golden, expected) => {
    const files = { 'e.yml': 'name: shop\nauth_mode: key\n', 'r.yml': VERIFY, ...golden }
    const { problems } = read(files)
    const found = problems.filter(({ reason }) => reason === 'SecretInManifest')
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(found.map(({ at }) => `${at.file}:${at.line}`)).toEqual(expected.map(() => 'r.yml:6'))
    for (const [index, what] of expected.entries()) expect(found[index]?.message).toContain(what)
    expect(JSON.stringify(found)).not.toMatch(/horse|ghp_/)
  })

  test.each([
    ['up', 0],
    [`up{key="${TOKEN}"}`, 1],
  ])('in the query of an AnalysisTemplate: %s', (query, count) => {
    const { problems } = read({ 't.yml': ASKS(query) })
    expect(problems.filter(({ reason }) => reason === 'SecretInManifest')).toHaveLength(count)
  })

  test.each([
    [`API_KEY: "$${'{KEY}'}"`, []],
    ['API_KEY: "12345678"', ['SecretInManifest r.yml:9:38']],
  ])("in a Rollout's template: %s", (variable, expected) => {
    const rollout = `apiVersion: verdigris.dev/v1
kind: Rollout
metadata: {name: fraud}
spec:
  endpoint: fraud
  strategy: {canary: {steps: [{setWeight: 10}]}}
  template:
    instance_type: Standard_DS3_v2
    environment_variables: {${variable}}
    model: azureml:m:1
    environment: azureml:e:1
    code_configuration: {code: azureml:c:1, scoring_script: score.py}
`
    const files = { 'e.yml': 'name: fraud\nauth_mode: key\n', 'r.yml': rollout }
    expect(told(readManifests({ snapshot: snapshotOf(files), variables: VARIABLES }))).toEqual(
      expected,
    )
  })
})

describe('data assets', () => {
  test('have a version made of the content, unless they say one', () => {
    const data = (version: string, content: string) =>
      read({ 'd.yml': `name: rows\ntype: uri_folder\npath: rows\n${version}`, 'rows/a': content })
        .desired[0]
    const first = data('', '1')
    expect(first?.ref.version).toMatch(/^[0-9a-f]{12}$/)
    expect(first?.upload?.files).toHaveLength(1)
    expect(data('', '1')?.ref).toEqual(first?.ref)
    expect(data('', '2')?.ref).not.toEqual(first?.ref)
    expect(data('version: 7\n', '2')?.ref).toEqual(data('version: 7\n', '1')?.ref)
    expect(data('version: 7\n', '2')?.spec).not.toEqual(data('version: 7\n', '1')?.spec)
  })

  test('of type mltable hold an MLTable file, of type uri_file are a file', () => {
    const files = {
      'a.yml': 'name: a\ntype: mltable\npath: table\n',
      'b.yml': 'name: b\ntype: mltable\npath: rows\n',
      'c.yml': 'name: c\ntype: uri_file\npath: rows/a\n',
      'd.yml': 'name: d\ntype: uri_file\npath: rows\n',
      'e.yml': 'name: e\ntype: uri_folder\npath: rows/a\n',
      'rows/a': '',
      'table/MLTable': '',
    }
    const manifests = read(files)
    expect(told(manifests)).toEqual([
      'InvalidPath b.yml:3:7',
      'InvalidPath d.yml:3:7',
      'InvalidPath e.yml:3:7',
    ])
    expect(keys(manifests).map((key) => key.split(':')[0])).toEqual(['Data/a', 'Data/c'])
  })
})

describe('variables', () => {
  const text = (count: string, name = `\${NAME}`) =>
    `name: blue\nendpoint_name: ${name}\ninstance_type: x\ninstance_count: ${count}\nenvironment_variables: {A: "a\${NAME}b", B: "$\${NAME}", C: "\${COUNT}"}\n`
  const variables = { NAME: 'fraud', COUNT: '3' }

  test('stand in texts; a plain scalar that is one variable takes the type of its value', () => {
    const { desired, problems } = read({ 'a.yml': text(`\${COUNT}`) }, { variables })
    expect(problems).toEqual([])
    expect(desired[0]).toMatchObject({
      ref: { parent: 'fraud' },
      spec: { instance_count: 3, environment_variables: { A: 'afraudb', B: `\${NAME}`, C: '3' } },
    })
  })

  test('that are not defined are an error with its place', () => {
    expect(told(read({ 'a.yml': text(`\${SIZE}`) }, { variables }))).toContain(
      'UndefinedVariable a.yml:4:17',
    )
  })

  test('cannot bring in fields', () => {
    const { problems } = read(
      { 'a.yml': text('1') },
      { variables: { ...variables, NAME: 'x\ntraffic: {a: 1}' } },
    )
    expect(problems.map(({ reason }) => reason)).toContain('InvalidName')
  })
})

test('Applications that lie among manifests are read, not run', () => {
  const application =
    'apiVersion: verdigris.dev/v1\nkind: Application\nmetadata: {name: a}\nspec: {source: {repository: .}, sandbox: {}}\n'
  expect(read({ 'app.yml': application })).toMatchObject({
    desired: [],
    problems: [],
    applications: [{ name: 'a' }],
  })
})

test('the order of files and keys, comments and line ends do not matter', () => {
  const lines = (text: string) => text.trimEnd().split('\n')
  const meaning = (files: Texts) => read(files).desired.map(({ at: _, ...rest }) => rest)
  const reference = meaning(WHOLE)
  const shuffled = (text: string) =>
    fc
      .record({
        order: fc.shuffledSubarray(lines(text), { minLength: lines(text).length }),
        comment: fc.constantFrom('', '# comment\n', '\n\n'),
        end: fc.constantFrom('\n', '\r\n'),
      })
      .map(({ order, comment, end }) => `${comment}${order.join('\n')}\n`.replaceAll('\n', end))
  fc.assert(
    fc.property(
      shuffled(ENDPOINT),
      shuffled(BLUE),
      fc.shuffledSubarray(Object.keys(WHOLE), { minLength: Object.keys(WHOLE).length }),
      (endpoint, blue, order) => {
        const files: Texts = { ...WHOLE, 'prod/endpoint.yml': endpoint, 'prod/blue.yml': blue }
        const moved = Object.fromEntries(order.map((path) => [path, files[path] ?? '']))
        expect(meaning(moved)).toEqual(reference)
      },
    ),
    { numRuns: 50 },
  )
})

describe('a conda file', () => {
  const told = (dependencies: string) =>
    read({
      'e.yml': "name: e\nversion: '1'\nimage: x\nconda_file: c.yml\n",
      'c.yml': `dependencies: ${dependencies}\n`,
    }).problems.map(({ severity, reason, at }) => `${severity} ${reason} ${at.file}:${at.line}`)

  test.each([
    '[pip: ["-r requirements.txt"]]',
    '[pip: ["--requirement=requirements.txt"]]',
    '[pip: [numpy, "-c constraints.txt"]]',
    '[pip: ["-e ."]]',
    '[pip: [./wheels/x.whl]]',
    '[pip: ["file:///x.whl"]]',
    '[pip: [wheels/x-1.0-py3-none-any.whl]]',
    '[./x.conda]',
  ])('that names a file which is not sent with it is warned of: %s', (dependencies) => {
    expect(told(dependencies)).toEqual(['warning FileNotSent e.yml:4'])
  })

  test.each([
    '[python=3.12, pip, pip: [numpy==2.0]]',
    '[pip: ["x @ https://example.com/x.whl"]]',
    '[pip: ["-e git+https://example.com/x.git#egg=x"]]',
    '[pip: ["https://example.com/x.whl"]]',
    '[pip: ["--extra-index-url https://x.example/simple", "-rubbish"]]',
  ])('that names none is not: %s', (dependencies) => {
    expect(told(dependencies)).toEqual([])
  })

  test('with a password in the address of an index is warned of', () => {
    expect(told('[pip: ["--extra-index-url https://me:hunter22@x.example/simple"]]')).toEqual([
      'warning SecretInManifest e.yml:4',
    ])
  })
})
