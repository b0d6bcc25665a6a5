import { afterEach, describe, expect, test } from '@jest/globals'
import { type JobStage, named, stageJob } from './job-stage.ts'

let stage: JobStage | undefined
afterEach(() => stage?.remove())

const basics = `
import os
marks = os.environ.get("MARKS", "")
def mark(name):
    open(os.path.join(marks, name), "x").close()
def first(name):
    try:
        mark(name)
        return True
    except FileExistsError:
        return False
`

/** A row for each file: its name and what is in it. */
const echo = `${basics}
def init():
    print("init says hello")
def run(mini_batch):
    return [os.path.basename(path) + "=" + open(path).read() for path in mini_batch]
`

const echoed = (files: readonly string[]) => files.map((name) => `${name}=${name}`)

describe('a batch job', () => {
  test('gives one row for each file, its log, and how it went', async () => {
    const files = [...named(23), 'deep/er/x.txt']
    stage = await stageJob(echo, files)
    const end = await stage.run()
    const counts = { files: 24, miniBatches: 3, done: 3, retries: 0, lost: 0, failedFiles: 0 }
    expect(end).toEqual({ state: 'Completed', counts: { ...counts, rows: 24 } })
    expect(await stage.rows()).toEqual(['x.txt=deep/er/x.txt', ...echoed(named(23))].sort())
    expect(await stage.log('logs/user/stdout/0/process000.stdout.txt')).toContain('init says hello')
    expect(await stage.log('logs/job_progress_overview.txt')).toContain('Rows: 24')
    expect(await stage.log('logs/azureml/executionlogs.txt', 'job')).toContain('Mini-batches: 3')
  })

  test('over 10,000 files gives exactly one row for each, with a worker killed halfway', async () => {
    const files = named(10_000)
    const script = `${basics}
import signal
def run(mini_batch):
    if mini_batch[0].endswith("f05000.txt") and first("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    return [os.path.basename(path) for path in mini_batch]
`
    stage = await stageJob(script, files)
    const end = await stage.run({ miniBatchSize: 20 })
    expect(end).toMatchObject({
      state: 'Completed',
      counts: { files: 10_000, miniBatches: 500, done: 500, retries: 1, failedFiles: 0 },
    })
    expect(await stage.rows()).toEqual(files)
  }, 60_000)

  test('hands run() lists of mini_batch_size files, the rest at last, in a process that init() ran in once', async () => {
    const script = `${basics}
def init():
    global mine
    mine = os.getpid()
    mark(f"init-{mine}")
def run(mini_batch):
    assert isinstance(mini_batch, list) and os.getpid() == mine
    return [str(len(mini_batch))] * len(mini_batch)
`
    stage = await stageJob(script, named(25))
    expect(await stage.run({ miniBatchSize: 10, workers: 3 })).toMatchObject({ state: 'Completed' })
    const sizes = (await stage.rows()).map(Number)
    expect(sizes).toEqual([...Array(20).fill(10), ...Array(5).fill(5)].sort())
    expect(stage.left().length).toBeGreaterThanOrEqual(1)
    expect(stage.left().length).toBeLessThanOrEqual(3)
  })

  test('runs as many workers at once as instances times concurrency', async () => {
    const script = `${basics}
import time
def run(mini_batch):
    mark(f"{os.getpid()}")
    while len(os.listdir(marks)) < 4:
        time.sleep(0.01)
    return mini_batch
`
    stage = await stageJob(script, named(4))
    expect(await stage.run({ miniBatchSize: 1, workers: 4 })).toMatchObject({ state: 'Completed' })
    expect(stage.left()).toHaveLength(4)
  })

  test('tries a mini-batch again that raised or took too long, and counts the tries', async () => {
    const script = `${basics}
import time
def run(mini_batch):
    name = os.path.basename(mini_batch[0])
    if name == "f00000.txt" and first("raised"):
        raise ValueError("not today")
    if name == "f00001.txt" and first("slow"):
        time.sleep(600)
    return [os.path.basename(path) for path in mini_batch]
`
    stage = await stageJob(script, named(4))
    const end = await stage.run({ miniBatchSize: 1, timeoutMs: 1_500 })
    expect(end).toMatchObject({ state: 'Completed', counts: { retries: 2, failedFiles: 0 } })
    expect(await stage.rows()).toEqual(named(4))
    expect(await stage.log('logs/user/stdout/0/process000.stdout.txt')).toMatch(/not today/)
  })

  test('gives a mini-batch up after max_retries, and goes on where failures are ignored', async () => {
    const script = `${basics}
def run(mini_batch):
    if any(path.endswith("f00002.txt") for path in mini_batch):
        mark(f"try-{len(os.listdir(marks))}")
        raise ValueError("never")
    return [os.path.basename(path) for path in mini_batch]
`
    stage = await stageJob(script, named(6))
    const end = await stage.run({ miniBatchSize: 2, maxRetries: 2, workers: 1 })
    expect(end).toMatchObject({ state: 'Completed', counts: { lost: 1, failedFiles: 2, rows: 4 } })
    expect(stage.left()).toEqual(['try-0', 'try-1', 'try-2'])
    expect(await stage.rows()).toEqual(['f00000.txt', 'f00001.txt', 'f00004.txt', 'f00005.txt'])
  })

  test.each([
    [0, 'Failed'],
    [1, 'Failed'],
    [2, 'Completed'],
    [-1, 'Completed'],
  ])(
    'with two files left out of the rows and a threshold of %d ends %s',
    async (errorThreshold, state) => {
      const script = `${basics}
def run(mini_batch):
    return [path for path in mini_batch if not path.endswith(("f00001.txt", "f00007.txt"))]
`
      stage = await stageJob(script, named(10))
      const end = await stage.run({ miniBatchSize: 5, errorThreshold })
      expect(end.state).toBe(state)
      if (state === 'Failed')
        expect(end).toMatchObject({ message: expect.stringMatching(/threshold/) })
    },
  )

  test.each([
    ['a table', 'Table([("a b", 1, None), ("c", 2.5, "x")])', ['"a b" 1 ""', 'c 2.5 x']],
    ['a tuple', '("one", 2)', ['2', 'one']],
    ['lists of values', '[["f", 1], ["g", 2]]', ["['f', 1]", "['g', 2]"]],
  ])('writes %s a row for each element', async (_, result, rows) => {
    const script = `
class Table:
    def __init__(self, rows): self.rows = rows
    def itertuples(self, index, name):
        assert index is False and name is None
        return iter(self.rows)
def run(mini_batch):
    return ${result}
`
    stage = await stageJob(script, named(2))
    expect(await stage.run()).toMatchObject({ state: 'Completed' })
    expect((await stage.rows()).map((row) => row.replace(/ $/, ' ""'))).toEqual(rows)
  })

  test('that only sums up writes what the script itself saves, and no rows', async () => {
    const script = `${basics}
def run(mini_batch):
    folder = os.environ["AZUREML_BI_OUTPUT_PATH"]
    open(os.path.join(folder, "own.txt"), "w").write("mine\\n")
    return mini_batch
`
    stage = await stageJob(script, named(2))
    expect(await stage.run({ output: 'SummaryOnly' })).toMatchObject({ state: 'Completed' })
    expect(await stage.rows('own.txt')).toEqual(['mine'])
    await expect(stage.rows()).rejects.toThrow('404')
  })

  test('finds its model and its variables, and keeps ours from the script', async () => {
    const script = `${basics}
def init():
    global weights
    weights = open(os.path.join(os.environ["AZUREML_MODEL_DIR"], "m", "w.txt")).read()
def run(mini_batch):
    return [weights + os.environ["GREETING"] + os.environ.get("NODE_OPTIONS", "-")]
`
    stage = await stageJob(script, named(1))
    await stage.blobs.put('store', 'models/m/w.txt', Buffer.from('7'))
    const modelUri = 'https://blobs.invalid/store/models/m'
    await stage.run({ modelUri, environmentVariables: { GREETING: 'hei' } })
    expect(await stage.rows()).toEqual(['7hei-'])
  })

  test.each([
    [
      'init() raises',
      {},
      'def init():\n    raise RuntimeError("no weights")\ndef run(x): return x',
      /no weights/,
    ],
    ['the script has no run()', {}, 'def init(): pass', /no function run/],
    [
      'run() gives no list',
      { maxRetries: 0, errorThreshold: 0 },
      'def run(x): return 7',
      /threshold/,
    ],
    [
      'there is no input',
      { inputs: [{ name: 'in', type: 'UriFolder', uri: 'https://blobs.invalid/store/none' }] },
      'def run(x): return x',
      /no input/,
    ],
    ...['ftp://x/y', 'https://elsewhere.invalid/store/input'].map(
      (uri) =>
        [
          `the input is elsewhere: ${uri}`,
          { inputs: [{ name: 'in', type: 'UriFile', uri }] },
          'def run(x): return x',
          /keeps nothing at .*: it reads its own store only/,
        ] as const,
    ),
    [
      'the script lies outside its code',
      { scoringScript: '../score.py' },
      'def run(x): return x',
      /outside/,
    ],
    ['there is no script', { scoringScript: undefined }, '', /no scoring script/],
    [
      'there is no script, and the model is not of MLflow',
      { scoringScript: undefined, modelUri: 'azureml://datastores/workspaceblobstore/paths/input' },
      '',
      /no MLmodel file/,
    ],
    ['it is of a pipeline', { isPipeline: true }, '', /pipeline/],
  ] as const)('fails when %s', async (_, change, script, message) => {
    stage = await stageJob(script, named(2))
    const end = await stage.run(change as object)
    expect(end).toMatchObject({ state: 'Failed', message: expect.stringMatching(message) })
  })

  test('that is canceled ends its processes and leaves no output', async () => {
    const script = `${basics}
import time
def run(mini_batch):
    mark(f"pid-{os.getpid()}")
    time.sleep(600)
`
    stage = await stageJob(script, named(2))
    const stop = new AbortController()
    const end = stage.run({ miniBatchSize: 1 }, stop.signal)
    await until(() => stage?.left().length === 2)
    stop.abort()
    expect(await end).toEqual({ state: 'Canceled' })
    for (const pid of stage.left().map((name) => Number(name.slice(4)))) {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    }
    await expect(stage.rows()).rejects.toThrow('404')
  })
})

describe('the runtime of jobs', () => {
  test('runs what it is shown, two at a time, and cancels what is canceled', async () => {
    const script = `${basics}
import time
def run(mini_batch):
    if first("slow-" + os.path.basename(mini_batch[0])):
        time.sleep(600)
    return mini_batch
`
    stage = await stageJob(script, named(1))
    const names = ['a', 'b', 'c']
    let views = names.map(
      (name) => stage?.view({ name, childRunId: name, maxRetries: 0 }) ?? never(),
    )
    const told: string[] = []
    const runtime = stage.runtime(() => views, told)
    runtime.refresh()
    await until(() => told.includes('a Running') && told.includes('b Running'))
    expect(told).not.toContain('c Running')
    views = views.map((view) => ({ ...view, isCanceled: true }))
    runtime.refresh()
    await until(() => names.every((name) => told.includes(`${name} Canceled`)))
    views = []
    await runtime.whenIdle()
    await runtime.close()
  })

  test('that is closed tells nothing more, so that its jobs begin anew', async () => {
    stage = await stageJob('import time\ndef run(x):\n    time.sleep(600)', named(1))
    const told: string[] = []
    const view = stage.view()
    const runtime = stage.runtime(() => [view], told)
    runtime.refresh()
    await until(() => told.includes('job Running'))
    await runtime.close()
    expect(told).toEqual(['job Running'])
  })
})

function never(): never {
  throw new Error('no stage')
}

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 15_000
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error('it never came true')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
