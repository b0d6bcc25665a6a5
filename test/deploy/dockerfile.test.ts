import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { copyOf, parseDockerfile } from '../support/dockerfile.ts'
import { runTool, testWith } from '../support/tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const instructions = parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8'))
const of = (word: string) => instructions.filter((instruction) => instruction.word === word)
const final = instructions.at(-1)?.stage
const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

describe('the Dockerfile', () => {
  test('copies only what is there, and what the ignore file lets through', async () => {
    const ignore = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n')
    const sources = of('COPY')
      .map(copyOf)
      .filter(({ from }) => from === undefined)
      .flatMap((copy) => copy.sources)
    expect(ignore).toContain('*')
    for (const source of sources) {
      const path = source.replace(/^\.\//, '')
      expect({ path, exists: existsSync(join(ROOT, path)) }).toEqual({ path, exists: true })
      expect(ignore).toContain(`!${path}`)
    }
  })

  test('runs as a user that is not root, with a health check, and takes commands', () => {
    const last = (word: string) =>
      of(word)
        .filter(({ stage }) => stage === final)
        .at(-1)?.rest
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(last('HEALTHCHECK')).toContain('/healthz')
    expect(JSON.parse(last('ENTRYPOINT') ?? '')).toEqual(['node', 'src/main.ts'])
    expect(JSON.parse(last('CMD') ?? '')[0]).toBe('run')
  })

  test('row 50: opens no inspector and writes no dump of the heap or report', async () => {
    const environment = of('ENV').map(({ rest }) => rest)
    const options = environment.join(' ')
    expect(options).toContain('NODE_OPTIONS=--disable-sigusr1')
    const commands = [...of('ENTRYPOINT'), ...of('CMD'), ...of('RUN')].map(({ rest }) => rest)
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    const all = [options, ...commands, scripts.start].join(' ')
    expect(all).not.toMatch(/--inspect|--heapsnapshot|--heap-prof|--report|--prof\b|--cpu-prof/)
  })

  test('installs what the lock file says, and a client for each way to a repository', () => {
    const runs = of('RUN').map(({ rest }) => rest)
    expect(runs.filter((one) => one.includes('npm '))).toEqual([
      expect.stringMatching(/^npm ci .*--ignore-scripts/),
    ])
    for (const needed of ['git', 'openssh-client', 'ca-certificates'])
      expect(runs.join(' ')).toContain(` ${needed} `)
  })

  test('is built on the Node that the tests run on, in more than one stage', async () => {
    const { devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    const [, major] = /^\^(\d+)\./.exec(devDependencies.node) ?? []
    const images = of('FROM').map(({ rest }) => rest.split(' ')[0])
    expect(new Set(images)).toEqual(new Set([`node:${major}-slim`]))
    expect(images.length).toBeGreaterThan(1)
  })

  // No Docker engine is needed: the steps are carried out in a clean folder. Slow: it installs packages.
  testWith(
    ['npm'],
    'makes a folder in which the command line starts without the dev packages',
    async () => {
      const image = await mkdtemp(join(tmpdir(), 'verdigris-image-'))
      folders.push(image)
      const copies = of('COPY').map(copyOf)
      for (const { sources } of copies.filter(({ from }) => from === undefined)) {
        for (const source of sources)
          await cp(join(ROOT, source), join(image, source), { recursive: true })
      }
      const install = of('RUN').find(({ rest }) => rest.startsWith('npm ci'))
      const parameters = install?.rest.replace(/^npm /, '').split(' ') ?? []
      expect(parameters).toContain('--omit=dev')
      runTool('npm', [...parameters, '--prefer-offline', '--fetch-retries=1'], {
        cwd: image,
        env: cleanEnvironment(),
      })
      expect(existsSync(join(image, 'node_modules/jest'))).toBe(false)
      expect(existsSync(join(image, 'node_modules/fastify'))).toBe(true)
      const [, ...entry] = JSON.parse(of('ENTRYPOINT')[0]?.rest ?? '[]')
      const help = runTool(process.execPath, [...entry, '--help'], {
        cwd: image,
        env: { ...cleanEnvironment(), ...nodeOptions() },
      })
      expect(help).toContain('run')
    },
    120_000,
  )
})

/** What the image sets for Node, so that an option Node does not know shows here. */
function nodeOptions(): NodeJS.ProcessEnv {
  const value = /NODE_OPTIONS=(\S+)/.exec(of('ENV')[0]?.rest ?? '')?.[1]
  return value === undefined ? {} : { NODE_OPTIONS: value }
}

/** The environment without what npm and jest have put there for this run: it would point npm back at this folder. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(?:npm_package_|npm_lifecycle_|npm_config_local_prefix|NODE_|JEST_|INIT_CWD)/
  const kept = Object.entries(process.env).filter(
    ([name]) => !ours.test(name) || name === 'NODE_EXTRA_CA_CERTS',
  )
  return Object.fromEntries(kept)
}
