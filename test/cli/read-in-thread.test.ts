import { afterEach, describe, expect, test } from '@jest/globals'
import {
  MANIFESTS_BUDGET,
  type ManifestsBudget,
} from '../../src/compose/reading/manifests-budget.ts'
import {
  type ManifestsThread,
  openManifestsThread,
} from '../../src/compose/reading/open-manifests-thread.ts'
import { readManifestsHere } from '../../src/compose/reading/read-here.ts'
import { readManifests } from '../../src/core/manifests/read.ts'
import { snapshotOf } from '../support/snapshot.ts'

const never = new AbortController().signal
const opened: ManifestsThread[] = []

function open(budget: Partial<ManifestsBudget> = {}): ManifestsThread['read'] {
  const thread = openManifestsThread({ ...MANIFESTS_BUDGET, ...budget })
  opened.push(thread)
  return thread.read
}

afterEach(async () => {
  for (const thread of opened.splice(0)) await thread.close()
})

const model = (index: number): string =>
  `$schema: https://azuremlschemas.azureedge.net/latest/model.schema.json
name: m${index}
version: 1
type: custom_model
path: ./files
`

/** So many models that upload the same folder. */
function models(count: number): ReturnType<typeof input> {
  const all = Array.from({ length: count }, (_, index) => [`m/${index}.yml`, model(index)])
  return input({ ...Object.fromEntries(all), 'm/files/weights.txt': 'weights' })
}

function input(files: Readonly<Record<string, string>>) {
  return { snapshot: snapshotOf(files), variables: {} }
}

/** A file that is within every limit of size, and slow to read: as many values as are allowed. */
const SLOW = `a: [${'{b: 1},'.repeat(5000)}]\n`

describe('manifests that are read in a thread', () => {
  test('are what they are when they are read here, lists of uploads included', async () => {
    const given = models(1200)
    const { desired, problems } = readManifests(given)
    expect(desired.length + problems.length).toBeGreaterThan(1000)
    expect(await open()(given, never)).toEqual({ desired, problems })
  })

  test('are read while everything else goes on', async () => {
    let turns = 0
    const others = setInterval(() => {
      turns += 1
    }, 1)
    try {
      await open()(models(4000), never)
      expect(turns).toBeGreaterThan(20)
    } finally {
      clearInterval(others)
    }
  })

  test('one snapshot after the other, each with its own answer', async () => {
    const read = open()
    const given = [3, 1, 2].map(models)
    const answers = await Promise.all(given.map((one) => read(one, never)))
    expect(answers).toEqual(
      given.map((one) => {
        const { desired, problems } = readManifests(one)
        return { desired, problems }
      }),
    )
  })

  test('are given up when the look is, and the next look has its answer', async () => {
    const read = open()
    const looks = new AbortController()
    const answer = read(models(2000), looks.signal)
    looks.abort(new Error('the look is over'))
    await expect(answer).rejects.toThrow('the look is over')
    expect(await read(models(1), never)).toMatchObject({
      problems: readManifests(models(1)).problems,
    })
  })
})

/** One file of a second and more, which the limits of a file do not let in. */
const HUGE = {
  ...input({ 'a.yml': model(1), 'big.yml': `a: [${'{b: 1},'.repeat(140_000)}]\n` }),
  limits: { tokens: 10_000_000, values: 10_000_000 },
}

describe('what takes more than its budget is a problem that says what to do', () => {
  const slow = input(
    Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`${index}.yml`, `# ${index}\n${SLOW}`]),
    ),
  )
  const WHOLE = /^reading the manifests takes more than .* split the folder/

  test('a file, which is not read again while the process runs', async () => {
    const read = open({ fileMs: 20 })
    const message = expect.stringMatching(
      /^reading this file takes more than .* split it, or leave/,
    )
    const at = { file: 'big.yml', line: 1, column: 1 }
    const ended = {
      desired: [],
      problems: [{ severity: 'error', reason: 'LimitExceeded', message, at }],
    }
    expect(await read(HUGE, never)).toEqual(ended)
    expect(await read(HUGE, never)).toEqual(ended)
    // The thread was ended; the next snapshot gets another one.
    expect(await read(input({}), never)).toMatchObject({ problems: [] })
  })

  test('a snapshot', async () => {
    const answer = await open({ snapshotMs: 300 })(slow, never)
    expect(answer.problems).toMatchObject([{ message: expect.stringMatching(WHOLE) }])
  })

  test('memory', async () => {
    const answer = await open({ heapMb: 8, fileMs: 60_000, snapshotMs: 600_000 })(slow, never)
    expect(answer.problems).toMatchObject([
      { message: expect.stringMatching(/more than 8 MiB of memory/) },
    ])
  })

  test('a command that serves nobody ends it in its own thread', () => {
    const { problems } = readManifestsHere(slow, { snapshotMs: 1 })
    expect(problems).toMatchObject([
      { reason: 'LimitExceeded', message: expect.stringMatching(WHOLE) },
    ])
  })
})

test('what is no YAML at all is refused after so many errors, in a moment', () => {
  const files = Array.from({ length: 6 }, (_, index) => [`${index}.yml`, ']'.repeat(39_000)])
  const { problems } = readManifests(input(Object.fromEntries(files)))
  expect(problems).toHaveLength(6)
  expect(problems[0]).toMatchObject({
    reason: 'LimitExceeded',
    message: expect.stringMatching(/more than 1000 syntax errors/),
  })
})
