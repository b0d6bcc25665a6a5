import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { run } from '../../../src/sandbox/python/command.ts'
import {
  EnvironmentFailed,
  type PythonOptions,
  pythonFor,
} from '../../../src/sandbox/python/environment.ts'

let cacheFolder = ''
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), `verdigris-venvs-${process.pid}-`))
})
afterEach(() => rm(cacheFolder, { recursive: true, force: true, maxRetries: 3 }))

function venvOptions(lines: string[] = [], signal?: AbortSignal): PythonOptions {
  const onProgress = (line: string) => lines.push(line)
  return { mode: 'venv', cacheFolder, onProgress, ...(signal ? { signal } : {}) }
}

/** Refuses another Python than is asked for. */
function strictly(lines: string[] = []): PythonOptions {
  return { ...venvOptions(lines), strict: true }
}

function withConda(...dependencies: unknown[]) {
  return { name: 'score:1', condaFile: JSON.stringify({ dependencies }) }
}

// pip fails at once for want of any index, whatever the machine has.
const unobtainable = withConda({ pip: ['--no-index', 'verdigris-no-such-package'] })

test("without venvs it is the machine's Python, whatever is asked for", async () => {
  const environment = withConda('python=2.7', 'cudatoolkit')
  const { executable, description } = await pythonFor(environment, { mode: 'system' })
  expect(executable).toBe('python3')
  expect(description).toContain('no packages are promised')
})

describe('a Python that the machine does not have', () => {
  test('is stood for by its own, which is said once', async () => {
    for (const mode of ['venv', 'system'] as const) {
      const lines: string[] = []
      const options = { ...venvOptions(lines), mode }
      const { executable } = await pythonFor(withConda('python=3.99', 'pip'), options)
      const own = await run({ program: executable, args: ['--version'], timeoutMs: 20_000 })
      expect(own.output).toMatch(/^Python 3\.\d+\.\d+/)
      const version = own.output.trim().replace('Python ', '')
      const said = lines.filter((line) => line.includes("Python '=3.99' is asked for"))
      expect([said.length, said.join()]).toEqual([1, expect.stringContaining(version)])
    }
  })

  test('is refused where that is asked for, with the same in the log', async () => {
    for (const mode of ['venv', 'system'] as const) {
      const lines: string[] = []
      const asked = pythonFor(withConda('conda-forge::python =3.99'), { ...strictly(lines), mode })
      const failure = await asked.catch((error) => error)
      expect(failure).toBeInstanceOf(EnvironmentFailed)
      expect(failure.message).toMatch(/'=3\.99' is asked for; (this machine has|'python3' is) 3/)
      expect(failure.log).toBe(`${lines.join('\n')}\n`)
    }
  })

  test.each(['python>=3.8,<4', 'python>=3.8', 'python'])(
    'is not spoken of where the machine has it: %s',
    async (asked) => {
      for (const mode of ['venv', 'system'] as const) {
        const lines: string[] = []
        await pythonFor(withConda(asked), { ...strictly(lines), mode })
        expect(lines.filter((line) => line.includes('asked for'))).toEqual([])
      }
    },
  )

  test('is no reason to fail without venvs, nor is a conda file that says nothing of sense', async () => {
    const files = ['{', 'dependencies: 7', 'dependencies: [python=latest]', 'dependencies: [{}]']
    for (const condaFile of files) {
      const { executable } = await pythonFor({ name: 'x:1', condaFile }, { mode: 'system' })
      expect(executable).toBe('python3')
    }
  })
})

describe('a venv', () => {
  test('is a Python of its own, made once and found again by what is in it', async () => {
    const lines: string[] = []
    const first = await pythonFor(withConda('python>=3.8', 'pip'), venvOptions(lines))
    const { output } = await run({
      program: first.executable,
      args: ['-c', 'import sys; print(sys.prefix != sys.base_prefix)'],
      timeoutMs: 20_000,
    })
    expect(output).toBe('True\n')
    expect(lines.filter((line) => line.includes('-m venv'))).toHaveLength(1)
    const again: string[] = []
    // The same packages under another name of environment.
    const second = await pythonFor({ ...withConda('pip'), name: 'b:2' }, venvOptions(again))
    expect(second.executable).toBe(first.executable)
    expect(again.join('\n')).not.toContain('-m venv')
  })

  test('is built once for all who ask at the same time, and all see how it goes', async () => {
    const heard: string[][] = [[], [], []]
    const found = await Promise.all(heard.map((lines) => pythonFor(undefined, venvOptions(lines))))
    expect(new Set(found.map(({ executable }) => executable)).size).toBe(1)
    for (const lines of heard) {
      expect(lines.filter((line) => line.includes('-m venv'))).toHaveLength(1)
      expect(lines.at(-1)).toMatch(/^Ready: Python 3/)
    }
    expect(await readdir(cacheFolder)).toHaveLength(1)
  })

  test('goes on being built for the others when one no longer wants it', async () => {
    const leaving = new AbortController()
    const left = pythonFor(undefined, venvOptions([], leaving.signal))
    const staying = pythonFor(undefined, venvOptions())
    leaving.abort(new Error('no longer wanted'))
    await expect(left).rejects.toThrow('no longer wanted')
    expect((await staying).executable).toContain(cacheFolder)
  })

  test('is given up, and nothing of it left, when nobody wants it any more', async () => {
    const leaving = new AbortController()
    const onProgress = (line: string) => {
      if (line.includes('-m venv')) leaving.abort(new Error('no longer wanted'))
    }
    const options = { ...venvOptions([], leaving.signal), onProgress }
    await expect(pythonFor(undefined, options)).rejects.toThrow('no longer wanted')
    expect(await readdir(cacheFolder)).toEqual([])
  })
})

describe('an environment that cannot be built', () => {
  test('fails with the log of the build, and is tried again next time', async () => {
    for (const lines of [[], []] as string[][]) {
      const failure = await pythonFor(unobtainable, venvOptions(lines)).catch((error) => error)
      expect(failure).toBeInstanceOf(EnvironmentFailed)
      expect(failure.message).toContain('pip install')
      expect(failure.log).toContain('No matching distribution found for verdigris-no-such-package')
      expect(failure.log).toBe(`${lines.join('\n')}\n`)
    }
    expect(await readdir(cacheFolder)).toEqual([])
  })

  test.each([
    [
      'a Python that is not there',
      withConda('python=3.99'),
      /'=3\.99' is asked for; this machine has 3/,
    ],
    ['conda software', withConda('openmpi'), /native software/],
    ['a Dockerfile', { name: 'built:1', hasBuildContext: true as const }, /Dockerfile/],
  ])('for %s, saying so', async (_, environment, why) => {
    const failure = await pythonFor(environment, strictly()).catch((error) => error)
    expect(failure).toBeInstanceOf(EnvironmentFailed)
    expect(failure.message).toMatch(why)
  })

  test('because there is no Python at all', async () => {
    const options = { ...venvOptions(), python: 'no-such-python' }
    await expect(pythonFor(undefined, options)).rejects.toThrow("'no-such-python' does not run")
  })
})

test('an image without a conda file is an empty venv, and the log says what is missing', async () => {
  const lines: string[] = []
  await pythonFor({ name: 'curated:1', image: 'mcr.invalid/x' }, venvOptions(lines))
  expect(lines.join('\n')).toContain('The image mcr.invalid/x is not run')
})
