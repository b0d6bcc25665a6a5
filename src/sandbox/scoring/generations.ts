import type { Container as ContainerState, DeploymentView } from '../core/contract.ts'
import { EnvironmentFailed, type PythonOptions } from '../python/environment.ts'
import { keepBuildLog } from './build-log.ts'
import { AssetMissing, createContainer, isRunnable } from './container.ts'
import type { Storage } from './files.ts'
import { type Instance, keepRunning } from './instance.ts'
import type { Worker } from './worker.ts'

/** The running container of a deployment and, beside it, the newer one that is being started. */
export interface Generations {
  /** The process that serves; undefined = none is ready. */
  readonly worker: Worker | undefined
  /** Starts what is wanted, if it is not what was wanted before. The old one serves until the new one is ready. */
  want(view: DeploymentView): void
  /** Resolves when nothing is being started. */
  whenSettled(): Promise<void>
  /** Ends every process now. */
  close(): Promise<void>
}

export interface GenerationsOptions {
  readonly python: PythonOptions
  readonly storage: Storage
  readonly tell: (generation: number, state: ContainerState) => void
  readonly onLog: (text: string) => void
}

/** Azure's longest request, so that an old generation is never ended under one (FACTS 4). */
const drainMs = 180_000

export function createGenerations(options: GenerationsOptions): Generations {
  const closing = new AbortController()
  const starts = new Set<Promise<void>>()
  const retirements = new Set<Promise<void>>()
  let wanted: number | undefined
  let current: Instance | undefined
  let superseded = new AbortController()

  function replace(next: Instance | undefined): void {
    const deadline = AbortSignal.any([closing.signal, AbortSignal.timeout(drainMs)])
    if (current) track(retirements, current.retire(deadline))
    current = next
  }

  async function start(view: DeploymentView, signal: AbortSignal): Promise<void> {
    const generation = view.containerGeneration
    options.tell(generation, { state: 'starting' })
    try {
      const instance = await startInstance(view, options, signal)
      if (signal.aborted) return await instance.retire(signal)
      replace(instance)
      options.tell(generation, { state: 'ready' })
    } catch (error) {
      if (signal.aborted) return
      options.tell(generation, await crashOf(error, options))
    }
  }

  return {
    get worker() {
      return current?.worker
    },
    want(view) {
      if (view.containerGeneration === wanted) return
      wanted = view.containerGeneration
      superseded.abort()
      superseded = new AbortController()
      // An update that failed: what served all the while is wanted again.
      if (wanted === current?.generation) return
      if (isRunnable(view, options.python.mode))
        return track(starts, start(view, superseded.signal))
      replace(undefined)
      options.tell(wanted, { state: 'declared' })
    },
    async whenSettled() {
      while (starts.size > 0) await Promise.all(starts)
    },
    async close() {
      superseded.abort()
      await Promise.all(starts)
      closing.abort()
      replace(undefined)
      await Promise.all(retirements)
    },
  }
}

function track(running: Set<Promise<void>>, promise: Promise<void>): void {
  const tracked = promise.finally(() => running.delete(tracked))
  running.add(tracked)
}

async function startInstance(
  view: DeploymentView,
  { python, storage, onLog }: GenerationsOptions,
  signal: AbortSignal,
): Promise<Instance> {
  const container = await createContainer({ python, storage, view, onLog }, signal)
  try {
    return keepRunning(container, await container.start(signal), onLog)
  } catch (error) {
    await container.remove()
    throw error
  }
}

/** Words of ERRORS 3, to which the workspace adds where help is. */
async function crashOf(error: unknown, options: GenerationsOptions): Promise<ContainerState> {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof EnvironmentFailed) {
    // The build has said in the log why it failed.
    const message = await keepBuildLog(options.storage, error)
    return { state: 'crashed', code: 'ImageBuildFailure', message }
  }
  options.onLog(`${reason}\n`)
  if (error instanceof AssetMissing) {
    const message = `Code or model could not be downloaded: ${reason}.`
    return { state: 'crashed', code: 'BadArgument', message }
  }
  const message = `User container has crashed or terminated: ${reason}.${hintAt(reason, options.python)}`
  return { state: 'crashed', code: 'ResourceNotReady', message }
}

/** Of a Python that cannot be started (ENOENT), which venvs are made with, too; or of a module that is not there. */
function hintAt(
  reason: string,
  { mode, python = 'python3', missingModuleHint }: PythonOptions,
): string {
  if (/^spawn .* ENOENT$/.test(reason)) return ` Install ${python}: scripts are run with it.`
  const isMissing = reason.startsWith('ModuleNotFoundError:')
  const isTold = isMissing && mode === 'system' && missingModuleHint !== undefined
  return isTold ? ` ${missingModuleHint}` : ''
}
