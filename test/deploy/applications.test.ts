import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { createFolder, ROOT, run, start } from '../cli/program.ts'
import { createGitRepository } from '../support/git-repository.ts'
import { get } from '../support/http.ts'

const DEPLOY = join(ROOT, 'deploy')
const APPLICATIONS = globSync('**/application.yaml', { cwd: DEPLOY }).sort()
const folder = createFolder()
const endings: (() => unknown)[] = [folder.remove]
afterAll(async () => {
  for (const end of endings.reverse()) await end()
})

// biome-ignore lint/suspicious/noExplicitAny: objects of Compose and Kubernetes are read here, not typed.
type Any = any

function yamlOf(path: string): Any {
  return parse(readFileSync(join(DEPLOY, path), 'utf8'), { merge: true })
}

/** A copy of a shipped file in this test's folder, with some of its text replaced; every text must be there. */
function copyWith(path: string, replacements: Readonly<Record<string, string>>): string {
  let text = readFileSync(join(DEPLOY, path), 'utf8')
  for (const [from, to] of Object.entries(replacements)) {
    expect(text).toContain(from)
    text = text.replaceAll(from, to)
  }
  const copy = join(folder.path, 'shipped', path)
  mkdirSync(dirname(copy), { recursive: true })
  writeFileSync(copy, text)
  return copy
}

/** The value of each of these options replaced: containers have hosts, ports and paths that a test has not. */
function withOptions(
  args: readonly string[],
  values: Readonly<Record<string, string>>,
): readonly string[] {
  for (const option of Object.keys(values)) expect(args).toContain(option)
  return args.map((one, index) => values[args[index - 1] ?? ''] ?? one)
}

/** Starts the controller and waits until /readyz answers 200. */
async function becomesReady(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const data = createFolder()
  endings.push(data.remove)
  const running = start(data.path, [...args, '--output', 'json'], {
    ...environment,
    VERDIGRIS_LOG_LEVEL: 'error',
  })
  const { address } = JSON.parse(await running.says('}\n'))
  const isEnded = { now: false }
  void running.ended.then(() => {
    isEnded.now = true
  })
  let answer = await get(`${address}/readyz`)
  while (answer.status !== 200 && !isEnded.now) answer = await get(`${address}/readyz`)
  expect(answer).toMatchObject({
    status: 200,
    text: JSON.stringify({ status: 'ready', reasons: [] }),
  })
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
}

describe('every Application that is shipped', () => {
  test('is one of these', () => {
    expect(APPLICATIONS).toEqual([
      'compose/verdigris/application.yaml',
      'kubernetes/base/application.yaml',
      'kubernetes/overlays/aks-workload-identity/application.yaml',
    ])
  })

  test.each(APPLICATIONS)('deploy/%s validates', async (path) => {
    const { code, stdout } = await run(folder.path, ['validate', join(DEPLOY, path)])
    expect([code, stdout]).toEqual([0, '0 resources, 1 Application, 0 errors, 0 warnings.\n'])
  })
})

describe('the configuration that is shipped starts, and /readyz answers 200', () => {
  test('of the compose file, beside its sandbox', async () => {
    const { sandbox, verdigris } = yamlOf('compose.yaml').services
    const [, sandboxArgs = ''] = /src\/main\.ts (sandbox .+) > /.exec(sandbox.command[0]) ?? []
    const own = withOptions(sandboxArgs.split(' '), { '--state': join(folder.path, 'state.json') })
    const workspace = start(folder.path, own)
    const file = join(folder.path, 'address.json')
    writeFileSync(file, await workspace.says('}\n'))
    const application = copyWith('compose/verdigris/application.yaml', {
      '/manifests': join(ROOT, 'manifests'),
    })
    expect(verdigris.volumes).toContain('../manifests:/manifests:ro')
    const args = withOptions(verdigris.command, {
      '--config': dirname(application),
      '--sandbox': file,
      '--host': '127.0.0.1',
    })
    await becomesReady([...args, '--port', '0'], verdigris.environment)
    workspace.child.kill('SIGINT')
    expect(await workspace.ended).toMatchObject({ code: 0 })
  })

  test('of the Kubernetes base, with its embedded workspace, on a repository with the sample', async () => {
    const repository = await createGitRepository()
    endings.push(repository.remove)
    const sample = globSync('workspace/**/*.*', { cwd: join(ROOT, 'manifests') })
    const files = sample.map((path) => [path, readFileSync(join(ROOT, 'manifests', path), 'utf8')])
    await repository.commit(Object.fromEntries(files))
    const application = copyWith('kubernetes/base/application.yaml', {
      'https://github.com/example/models.git': repository.url,
    })
    const [container] = yamlOf('kubernetes/base/deployment.yaml').spec.template.spec.containers
    const args = withOptions(container.args, {
      '--config': dirname(application),
      '--host': '127.0.0.1',
      '--port': '0',
    })
    const variables = container.env.map(({ name, value }: Any) => [name, value])
    const allowed = { VERDIGRIS_ALLOW_LOCAL: 'true' }
    await becomesReady(args, { ...Object.fromEntries(variables), ...allowed })
  })
})
