import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createGitRepository, type GitRepository } from '../support/git-repository.ts'
import { type Planted, SECRET_KINDS, secretsOf } from '../support/secrets.ts'
import {
  createFolder,
  type RunningSandbox,
  run,
  start,
  startSandboxProgram,
  writeFiles,
} from './program.ts'

/**
 * A thousand secrets of every kind, wherever a person can put a text: none of them is in anything that the program prints,
 * serves, logs or writes (INVARIANTS S17).
 */
const SEED = 20_261_129
const COUNT = 1000
const folder = createFolder()
const planted: Planted[] = []
const all = secretsOf(COUNT, SEED)

/** The next one, as a scalar of YAML. */
function next(): string {
  const one = all[planted.length]
  if (one === undefined) throw new Error(`There are ${COUNT} secrets only`)
  planted.push(one)
  return JSON.stringify(one.text)
}

const SCHEMA = 'https://azuremlschemas.azureedge.net/latest'

/** `count` fields of a mapping, each with a secret. */
function fields(prefix: string, count: number, indent = '  '): string {
  return Array.from({ length: count }, (_, at) => `${indent}${prefix}${at}: ${next()}`).join('\n')
}

function model(name: string): string {
  return `$schema: ${SCHEMA}/model.schema.json
name: ${name}
version: "1"
type: custom_model
path: ./models/1
description: ${next()}
tags:
${fields('tag', 4)}
properties:
${fields('property', 4)}
`
}

function environment(name: string): string {
  return `$schema: ${SCHEMA}/environment.schema.json
name: ${name}
version: "1"
image: mcr.microsoft.com/azureml/minimal-py312-inference:latest
description: ${next()}
tags:
${fields('tag', 3)}
conda_file:
  name: ${name}
  channels: [conda-forge]
  dependencies:
    - python=3.12
  variables:
${fields('VARIABLE_', 6, '    ')}
`
}

function endpoint(name: string): string {
  return `$schema: ${SCHEMA}/managedOnlineEndpoint.schema.json
name: ${name}
auth_mode: key
description: ${next()}
tags:
${fields('tag', 4)}
traffic: { blue: 100 }
`
}

function deployment(name: string): string {
  return `$schema: ${SCHEMA}/managedOnlineDeployment.schema.json
name: blue
endpoint_name: ${name}
model: azureml:model-0:1
environment: azureml:environment-0:1
code_configuration: { code: ./src, scoring_script: score.py }
instance_type: Standard_DS3_v2
instance_count: 1
description: ${next()}
tags:
${fields('tag', 4)}
environment_variables:
${fields('VARIABLE_', 12)}
`
}

function times(count: number, make: (at: number) => readonly [string, string]) {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => make(at)))
}

/** Every file with texts of its own; the same call gives other secrets. */
function good(): Record<string, string> {
  return {
    ...times(68, (at) => [`model-${at}.yml`, model(`model-${at}`)]),
    ...times(6, (at) => [`environment-${at}.yml`, environment(`environment-${at}`)]),
    ...changing(),
  }
}

function changing(): Record<string, string> {
  return {
    ...times(3, (at) => [`endpoint-${at}.yml`, endpoint(`fraud-${at}`)]),
    ...times(3, (at) => [`deployment-${at}.yml`, deployment(`fraud-${at}`)]),
  }
}

/** Secrets where none of them has anything to do. */
function wrong(): Record<string, string> {
  const head = `$schema: ${SCHEMA}/managedOnlineEndpoint.schema.json\nname: wrong\n`
  const places = [
    (): string => `${head}unknown: ${next()}\n`,
    (): string => `${head}? ${next()}\n: 1\n`,
    (): string => `${head}auth_mode: ${next()}\n`,
    (): string => `${head}traffic: ${next()}\n`,
    (): string => `${head}traffic: { blue: ${next()} }\n`,
    (): string => `${head}traffic:\n  ? ${next()}\n  : 100\n`,
    (): string => `${head}identity: { type: ${next()} }\n`,
    (): string => `$schema: ${SCHEMA}/managedOnlineEndpoint.schema.json\nname: ${next()}\n`,
    (): string => `$schema: ${next()}\nname: wrong\n`,
    (): string => `kind: ${next()}\nname: wrong\n`,
    (): string => `${deployment('wrong').replace('azureml:model-0:1', '')} ${next()}\n`,
    (): string => `${head}description: ${next()} ${next()}\n`,
    (): string => `${head}tags: [${next()}]\n`,
    (): string => `${head}tags: { a: !custom ${next()} }\n`,
    (): string => `${head}tags: { a: &a ${next()}, b: *b }\n`,
    (): string => `${head}tags: { ${next()}: 1, ${next()} }\n`,
    (): string =>
      `apiVersion: verdigris.dev/v1\nkind: Rollout\nmetadata: { name: ${next()} }\nspec: { endpoint: ${next()}, steps: [{ setWeight: ${next()} }] }\n`,
    (): string =>
      `apiVersion: verdigris.dev/v1\nkind: Application\nmetadata: { name: a }\nspec: { source: { repository: ${next()} }, variables: { A: ${next()} } }\n`,
    (): string => `apiVersion: ${next()}\nkind: Rollout\n`,
  ]
  return times(places.length, (at) => [`wrong-${at}.yml`, places[at]?.() ?? ''])
}

const sources = {
  'src/score.py': 'def init(): pass\ndef run(data): return 1\n',
  'models/1/model.json': '{}',
}

/** What of the planted is in a text, in any form in which it can be read. */
function leaked(text: string): readonly string[] {
  return planted
    .filter(({ secret }) =>
      [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].some((form) =>
        text.includes(form),
      ),
    )
    .map(({ kind, secret }) => {
      const at = text.indexOf(secret)
      return `${kind}: ${text.slice(Math.max(0, at - 80), at + secret.length + 10)}`
    })
}

function filesOf(place: string): string {
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(place, path)).isFile())
    .map((path) => `${path}\n${readFileSync(join(place, path), 'utf8')}`)
    .join('\n')
}

let sandbox: RunningSandbox
let repository: GitRepository
beforeAll(async () => {
  sandbox = await startSandboxProgram(folder.path)
  repository = await createGitRepository()
})
afterAll(async () => {
  await sandbox.stop()
  await repository.remove()
  folder.remove()
})

/** What a command printed, both outputs. */
async function printed(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(folder.path, [...args, '--sandbox', sandbox.file])
  return `${stdout}${stderr}`
}

// The tests of this file tell one story, in their order.
describe(`${COUNT} secrets of ${SECRET_KINDS.length} kinds (seed ${SEED})`, () => {
  const source = join(folder.path, 'source')

  test('are in nothing that is said of good manifests', async () => {
    mkdirSync(source)
    writeFiles(source, { ...good(), ...sources })
    for (const output of ['text', 'json']) {
      const { stdout, stderr } = await run(folder.path, ['validate', source, '-o', output])
      expect(leaked(`${stdout}${stderr}`)).toEqual([])
    }
    for (const output of ['text', 'json', 'markdown'])
      expect(leaked(await printed('plan', source, '-o', output))).toEqual([])
    const synced = await run(folder.path, ['sync', source, '--sandbox', sandbox.file])
    expect(leaked(`${synced.stdout}${synced.stderr}`)).toEqual([])
    expect(synced.code).toBe(0)
    for (const output of ['text', 'json'])
      expect(leaked(await printed('status', source, '-o', output))).toEqual([])
  })

  test('are in no difference, with what is live and what is declared', async () => {
    writeFiles(source, changing())
    for (const output of ['text', 'json', 'markdown']) {
      const plan = await printed('plan', source, '-o', output)
      expect(plan).toContain('description')
      expect(leaked(plan)).toEqual([])
    }
    for (const output of ['text', 'json'])
      expect(leaked(await printed('status', source, '-o', output))).toEqual([])
  })

  test('are in no file that import writes, and in nothing that it says', async () => {
    const out = join(folder.path, 'out')
    expect(leaked(await printed('import', out))).toEqual([])
    expect(leaked(filesOf(out))).toEqual([])
    expect(leaked(await printed('import', join(folder.path, 'again'), '-o', 'json'))).toEqual([])
  })

  test('are in no problem of a wrong manifest', async () => {
    const place = join(folder.path, 'wrong')
    mkdirSync(place)
    writeFiles(place, wrong())
    for (const output of ['text', 'json']) {
      const { code, stdout, stderr } = await run(folder.path, ['validate', place, '-o', output])
      expect(code).toBe(1)
      expect(leaked(`${stdout}${stderr}`)).toEqual([])
    }
    for (const output of ['text', 'json', 'markdown'])
      expect(leaked(await printed('plan', place, '-o', output))).toEqual([])
  })

  test('are in nothing that a controller logs, serves and counts', async () => {
    const files = { ...changing(), ...sources, ...wrong() }
    const written = await repository.commit(files, { message: `${next()} ${next()}` })
    const controller = start(
      folder.path,
      ['run', repository.url, '--sandbox', sandbox.file, '--port', '0', '--output', 'json'],
      { VERDIGRIS_ALLOW_LOCAL: 'true', VERDIGRIS_LOG_LEVEL: 'debug' },
    )
    const { address } = JSON.parse(await controller.says('}\n'))
    const api = `${address}/api/v1/applications/default`
    await read(api, written)
    for (const place of ['', '/resources', '/drift', '/plan', '/problems', '/rollouts'])
      expect(leaked(await textAt(`${api}${place}`))).toEqual([])
    expect(leaked(await textAt(`${address}/api/v1/events?format=json`))).toEqual([])
    const { items } = JSON.parse(await textAt(`${api}/resources`))
    for (const { key } of items) expect(leaked(await textAt(`${api}/resources/${key}`))).toEqual([])
    expect(leaked(await textAt(`${address}/metrics`))).toEqual([])
    for (const output of ['text', 'json']) {
      const { stdout, stderr } = await run(folder.path, ['status', '--url', address, '-o', output])
      expect(leaked(`${stdout}${stderr}`)).toEqual([])
    }
    controller.child.kill('SIGTERM')
    const { stdout, stderr } = await controller.ended
    expect(stderr).toContain('UnknownField')
    expect(leaked(`${stdout}${stderr}`)).toEqual([])
  })

  test('were all planted', () => {
    expect(planted.length).toBeGreaterThan(COUNT * 0.9)
    expect(new Set(planted.map(({ kind }) => kind)).size).toBe(SECRET_KINDS.length)
  })
})

/** Until the controller has read a commit. */
async function read(api: string, commit: string): Promise<void> {
  while (!(await textAt(api)).includes(commit)) await textAt(`${api}/plan`)
}

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url)
  return answer.text()
}
