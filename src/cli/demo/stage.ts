import { join } from 'node:path'
import { composeTelemetry } from '../../compose/telemetry.ts'
import { type Assembly, compose } from '../../compose.ts'
import type { Config } from '../../config.ts'
import type { Application } from '../../core/model/application.ts'
import type { Report } from '../../core/model/report.ts'
import { openOwnFolder } from '../../lib/own-folder.ts'
import { loop } from '../../reconcile/loop.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import { createServer } from '../../server/server.ts'
import { CommandError } from '../errors.ts'
import { sandboxDoor, trust } from '../session.ts'
import { type Person, signIn } from './client.ts'
import { createRepository, type DemoRepository } from './repository.ts'

/** Everything the story needs, running: a workspace, a repository, the controller with its API, a person. */
export interface Stage {
  readonly sandbox: Sandbox
  readonly repository: DemoRepository
  readonly person: Person
  readonly api: string
  /** What the controller did so far. */
  figures(): { readonly writes: number; readonly driftCorrections: number }
  /** Starts the controller: once, when the first commit is there. */
  start(): void
  /** Calls back with every report; gives the function that ends it. */
  watch(listener: (report: Report) => void): () => void
  /** The first report from now on for which this holds; rejects after `timeoutMs`, saying how things stood. */
  until(what: string, holds: (report: Report) => boolean): Promise<Report>
  close(): Promise<void>
}

/** How much faster than Azure the workspace works, and how eager the controller is: a story in a minute. */
const TIME_SCALE = 120
const INTERVAL_MS = 1000
const POLL_MS = 250
const SCENE_TIMEOUT_MS = 60_000

/** Sets the stage; whatever was started is ended again when it fails half way. */
export async function setStage(config: Config, signal: AbortSignal): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    return { ...(await build(config, signal, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function build(
  config: Config,
  signal: AbortSignal,
  closers: (() => Promise<unknown>)[],
): Promise<Omit<Stage, 'close'>> {
  const { path: folder, remove } = await openOwnFolder('verdigris-demo')
  closers.push(remove)
  const sandbox = await startSandbox({ timeScale: TIME_SCALE }).catch((error: Error) => {
    throw new CommandError(`The workspace could not be started: ${error.message}`)
  })
  closers.push(() => sandbox.close())
  await trust(sandbox.caFile)
  const repository = await createRepository(folder)
  const settings: Config = {
    ...config,
    dataDir: join(folder, 'data'),
    allowLocal: true,
    logLevel: 'silent',
  }
  const telemetry = composeTelemetry(settings)
  const assembly = compose(demoApplication(repository), sandboxDoor(sandbox), settings, telemetry)
  closers.push(() => assembly.close())
  const { journal, inbox } = assembly.ports
  const server = createServer({
    applications: [{ name: assembly.application.name, journal, inbox }],
    metrics: () => telemetry.metrics.render(),
    version: config.version,
    observe: telemetry.metrics.apiRequest,
  })
  const api = await server.listen({ host: '127.0.0.1', port: 0 })
  closers.push(() => server.close())
  const person = await signIn(sandbox)
  return {
    sandbox,
    repository,
    person,
    api,
    figures: countWrites(assembly),
    watch: (listener) => journal.watch(listener),
    start: () => startController(assembly, signal, closers),
    until: (what, holds) => untilReport(assembly, what, { holds, signal }),
  }
}

function demoApplication(repository: DemoRepository): Application {
  return {
    name: 'demo',
    source: { repository: repository.url, revision: 'main', path: '' },
    workspace: { sandbox: true },
    sync: {
      mode: 'apply',
      intervalMs: INTERVAL_MS,
      drift: 'correct',
      prune: { enabled: true, maxDeletions: 3 },
      suspend: false,
      maxRollouts: 10,
      ignoreDifferences: [],
    },
    variables: {},
  }
}

function countWrites({ ports: { journal } }: Assembly): Stage['figures'] {
  let writes = 0
  let driftCorrections = 0
  journal.watch(({ outcomes }) => {
    const started = outcomes.filter(({ result }) => result === 'Started')
    writes += started.length
    driftCorrections += started.filter(({ action }) => action.reason === 'Drift').length
  })
  return () => ({ writes, driftCorrections })
}

function startController(
  { application, reader, ports }: Assembly,
  signal: AbortSignal,
  closers: (() => Promise<unknown>)[],
): void {
  const ended = new AbortController()
  const options = {
    application,
    reader,
    pollMs: POLL_MS,
    jitter: () => 0.5,
    onError: (error: unknown) => console.error(error),
  }
  const running = loop(ports, options, AbortSignal.any([signal, ended.signal]), (bell) =>
    ports.inbox.onPut(() => bell.ring()),
  )
  closers.push(() => {
    ended.abort()
    return running
  })
}

function untilReport(
  { ports: { journal } }: Assembly,
  what: string,
  { holds, signal }: { holds: (report: Report) => boolean; signal: AbortSignal },
): Promise<Report> {
  return new Promise((resolve, reject) => {
    const ends = (): void => {
      clearTimeout(timer)
      unwatch()
      signal.removeEventListener('abort', interrupted)
    }
    const interrupted = (): void => {
      ends()
      reject(new Error('It was interrupted.'))
    }
    const timer = setTimeout(() => {
      ends()
      const last = journal.latest()
      const held = last?.plan.held.map(({ reason, message }) => `${reason}: ${message}`)
      const why = last?.failure?.message ?? held?.join('; ') ?? ''
      reject(new Error(`${what}: not after ${SCENE_TIMEOUT_MS / 1000} s. ${why}`))
    }, SCENE_TIMEOUT_MS)
    const unwatch = journal.watch((report) => {
      if (!holds(report)) return
      ends()
      resolve(report)
    })
    if (signal.aborted) interrupted()
    else signal.addEventListener('abort', interrupted, { once: true })
  })
}
