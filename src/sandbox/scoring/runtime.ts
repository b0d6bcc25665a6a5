import { randomUUID } from 'node:crypto'
import type { Container, DeploymentView, EndpointView } from '../core/contract.ts'
import type { HttpHandler } from '../http/message.ts'
import type { PythonOptions } from '../python/environment.ts'
import type { PrincipalOf } from './authorise.ts'
import type { Counters } from './counters/counters.ts'
import { createDeployment, type Deployment } from './deployment.ts'
import type { Storage } from './files.ts'
import { createFrontDoor } from './front-door.ts'

/** The data plane of a workspace: a process for each deployment with a scoring script, and the way to them. */
export interface Runtime {
  readonly handle: HttpHandler
  /** Brings what runs in line with what the workspace says now. Returns at once. */
  refresh(): void
  /** Resolves when no container is being started. */
  whenSettled(): Promise<void>
  /** Ends every process, finishing no request. */
  close(): Promise<void>
}

export interface RuntimeOptions {
  readonly python: PythonOptions
  /** false: deployments are treated as if none had a script or a model. */
  readonly runsScripts: boolean
  readonly storage: Storage
  /** The same array as long as nothing has changed. */
  readonly views: () => readonly EndpointView[]
  readonly tell: (
    endpoint: string,
    deployment: string,
    generation: number,
    state: Container,
  ) => void
  readonly onLog: (endpoint: string, deployment: string, text: string) => void
  readonly principalOf: PrincipalOf
  readonly counters: Counters
  readonly seed: number
}

const REAL_TIME = {
  now: Date.now,
  elapsedMs: () => performance.now(),
  requestId: randomUUID,
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const closing = new AbortController()
  const deployments = new Map<string, Deployment>()
  const removals = new Set<Promise<void>>()
  let seen: readonly EndpointView[] = []
  let endpoints = new Map<string, EndpointView>()

  function refresh(): void {
    const views = options.views()
    if (views === seen || closing.signal.aborted) return
    seen = views
    endpoints = new Map(views.map((view) => [view.name.toLowerCase(), view]))
    const wanted = new Set(views.flatMap(update))
    for (const [key, deployment] of deployments) if (!wanted.has(key)) remove(key, deployment)
  }

  function update(endpoint: EndpointView): string[] {
    return endpoint.deployments.map((given) => {
      const view = options.runsScripts ? given : withoutAssets(given)
      const key = keyOf(endpoint.name, view.name)
      const deployment = deployments.get(key) ?? create(endpoint.name, view)
      deployments.set(key, deployment)
      deployment.update(view)
      return key
    })
  }

  function create(endpoint: string, view: DeploymentView): Deployment {
    return createDeployment(view, {
      python: options.python,
      storage: options.storage,
      seed: `${options.seed}/${keyOf(endpoint, view.name)}`,
      tell: (generation, state) => options.tell(endpoint, view.name, generation, state),
      onLog: (text) => options.onLog(endpoint, view.name, text),
    })
  }

  function remove(key: string, deployment: Deployment): void {
    deployments.delete(key)
    const removal = deployment.remove(closing.signal).finally(() => removals.delete(removal))
    removals.add(removal)
  }

  const frontDoor = createFrontDoor({
    ...REAL_TIME,
    counters: options.counters,
    principalOf: options.principalOf,
    endpointOf: (name) => endpoints.get(name.toLowerCase()),
    deploymentOf(endpoint, name) {
      const deployment = deployments.get(keyOf(endpoint, name))
      return deployment?.inForce ? deployment : undefined
    },
  })

  return {
    refresh,
    handle(request) {
      refresh()
      return frontDoor(request)
    },
    async whenSettled() {
      await Promise.all([...deployments.values()].map((deployment) => deployment.whenSettled()))
    },
    async close() {
      closing.abort()
      for (const [key, deployment] of deployments) remove(key, deployment)
      await Promise.all(removals)
    },
  }
}

function withoutAssets({ codeUri: _, modelUri: __, ...view }: DeploymentView): DeploymentView {
  return view
}

function keyOf(endpoint: string, deployment: string): string {
  return `${endpoint}/${deployment}`.toLowerCase()
}
