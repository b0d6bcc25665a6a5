import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readManifests } from '../../src/core/manifests/read.ts'
import { createFolder } from '../cli/program.ts'
import { slowMs, tellSkipped } from '../sandbox/python/index-venv.ts'
import { snapshotOf } from '../support/snapshot.ts'
import { type Generated, generated } from './loads/generate.ts'
import { client } from './microsoft.ts'

/** What is refused here and loaded by the client: our complaint, and why it stays. There is nothing the other way round. */
const STRICTER: readonly (readonly [complaint: RegExp, why: string])[] = [
  [/^AmbiguousScalar/, 'one of two readers of YAML would do something else'],
  [/^FieldNotSupported/, 'the API that is written has no field for it; nothing is dropped'],
  [/whole number/, 'the client cuts fractions and sends what the service refuses'],
  [/must not be empty/, 'the service refuses it'],
  [/^Invalid(?:Name|Version)/, 'the service refuses the name (FACTS 4)'],
  [/^FileNotFound/, 'the client looks for it when it uploads'],
  [/^MissingField/, 'the client leaves it to the service to refuse'],
  [/must be a mapping of names to texts/, 'the client drops properties of data'],
  [/Kubernetes quantity/, 'the service refuses it'],
  [/^InvalidReference/, 'it names no asset'],
  [/must be a reference such as/, 'it names no asset'],
  [/ARM id of a user-assigned identity/, 'the service refuses it'],
  [/must be one of info, warning, debug/, 'the service refuses it'],
  [/must be "azureml:name"/, 'it names no compute'],
  [/must be the path of a conda file/, 'the client takes it for no conda file at all'],
  [/mapping of flavor names/, 'the client ends with an exception when it sends it'],
  [
    /must be one of (?:kubernetes|model)$/,
    'the client takes the deployment for one of another type',
  ],
  [/must be text \(put it in quotes\)/, 'said beside that it is ambiguous'],
]

/** Of every four manifests one is loaded: all of them take two minutes on a busy machine. */
const SHARE = 4

const SCHEMAS: { readonly [kind: string]: string } = {
  OnlineEndpoint: 'managedOnlineEndpoint',
  OnlineDeployment: 'managedOnlineDeployment',
  BatchEndpoint: 'batchEndpoint',
  BatchDeployment: 'batchDeployment',
  Model: 'model',
  Environment: 'environment',
  Data: 'data',
}
const FOLDERS = ['a', 'b'].flatMap((folder) =>
  ['MLTable', 'Dockerfile', 'Other', 'x.txt', 's.py', 'a.py', 'b.py'].map((file) => [
    `${folder}/${file}`,
    'x',
  ]),
)
const AROUND: Readonly<Record<string, string>> = {
  ...Object.fromEntries(FOLDERS),
  'a.yml': 'dependencies: [x]\n',
}
const ENVIRONMENT = { 'env.yml': 'image: x\n' }

interface Tried extends Generated {
  /** Undefined when it is taken. */
  readonly theirs: string | undefined
  readonly ours: readonly string[]
}

if ('reason' in client) tellSkipped('manifests by the loaders of azure-ai-ml', client.reason)
const slow = 'reason' in client ? describe.skip : describe

slow('slow: generated manifests, by the loaders of azure-ai-ml and by ours', () => {
  const folder = createFolder()
  let tried: readonly Tried[]
  beforeAll(() => {
    const some = generated().filter(
      ({ id }, index) => index % SHARE === 0 || / (?:with|flavors) /.test(id),
    )
    const theirs = loaded(folder.path, some)
    tried = some.map((one) => ({ ...one, theirs: theirs[one.id] ?? undefined, ours: read(one) }))
  }, slowMs)
  afterAll(() => folder.remove())

  test('are more than a thousand, right ones and wrong ones', () => {
    expect(tried.length).toBeGreaterThan(1000)
    expect(tried.filter(({ theirs, ours }) => !theirs && ours.length === 0).length).toBeGreaterThan(
      250,
    )
    expect(tried.filter(({ theirs, ours }) => theirs && ours.length > 0).length).toBeGreaterThan(
      500,
    )
  })

  test('what passes here is loaded there', () => {
    const wrong = tried.filter(({ theirs, ours }) => theirs !== undefined && ours.length === 0)
    expect(wrong.map(({ id, theirs, text }) => ({ id, theirs, text }))).toEqual([])
  })

  test('what is loaded there passes here, but for what is listed', () => {
    const refused = tried.filter(({ theirs, ours }) => theirs === undefined && ours.length > 0)
    const isListed = (complaint: string) => STRICTER.some(([pattern]) => pattern.test(complaint))
    const unlisted = refused.filter(({ ours }) => !ours.every(isListed))
    expect(unlisted.map(({ id, ours }) => ({ id, ours }))).toEqual([])
    const told = refused.flatMap(({ ours }) => ours)
    expect(STRICTER.filter(([pattern]) => !told.some((one) => pattern.test(one)))).toEqual([])
  })
})

function textOf({ kind, text }: Generated): string {
  return `$schema: https://azuremlschemas.azureedge.net/latest/${SCHEMAS[kind]}.schema.json\n${text}`
}

/** What the client says of each, by id, all in one process of Python. */
function loaded(
  folder: string,
  some: readonly Generated[],
): { readonly [id: string]: string | null } {
  if (!('python' in client)) throw new Error(client.reason)
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
    return join(folder, path)
  }
  for (const [path, text] of Object.entries({ ...AROUND, ...ENVIRONMENT })) write(path, text)
  const wanted = some.map((one, index) => ({
    id: one.id,
    kind: one.kind,
    isNewLayout: one.kind === 'BatchDeployment' && /^type: "?model"?$/m.test(one.text),
    path: write(`m${index}.yml`, textOf(one)),
  }))
  const list = write('wanted.json', JSON.stringify(wanted))
  const script = join(import.meta.dirname, 'loaders.py')
  const said = execFileSync(client.python, [script, list], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: slowMs,
  })
  return JSON.parse(said.trim().split('\n').at(-1) ?? '{}')
}

function read(one: Generated): readonly string[] {
  const environment = one.text.includes('env.yml') ? ENVIRONMENT : {}
  const snapshot = snapshotOf({ ...AROUND, ...environment, 'm.yml': textOf(one) })
  return readManifests({ snapshot, variables: {} })
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ reason, message }) => `${reason}: ${message}`)
}
