import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve, sep } from 'node:path'
import type { DeploymentView } from '../core/contract.ts'
import { copyBlobs, type Storage } from './files.ts'
import { startWorker, type Worker } from './worker.ts'

/** What a deployment runs, at one generation: its files in a folder of their own, and processes that use them. */
export interface Container {
  readonly generation: number
  start(signal: AbortSignal): Promise<Worker>
  remove(): Promise<void>
}

export interface ContainerOptions {
  readonly python: string
  readonly storage: Storage
  readonly view: DeploymentView
  readonly onLog: (text: string) => void
}

/** An asset that a container needs and that cannot be had. */
export class AssetMissing extends Error {}

/** Whether the sandbox can run it: only a scoring script of the user's can be, not an image or a bare model. */
export function hasScript(view: DeploymentView): boolean {
  return view.codeUri !== undefined && view.scoringScript !== undefined
}

/** Copies code and model out of the blob store, laid out as Azure's inference image has them. */
export async function createContainer(options: ContainerOptions): Promise<Container> {
  const { view } = options
  const root = await mkdtemp(join(tmpdir(), `verdigris-container-${process.pid}-`))
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 3 })
  try {
    const env = await fill(root, options)
    const folder = env.AML_APP_ROOT ?? root
    const script = resolve(folder, view.scoringScript ?? '')
    if (!script.startsWith(folder + sep)) throw new AssetMissing('The script lies outside its code')
    const { python, onLog } = options
    const start = (signal: AbortSignal) =>
      startWorker({ python, script, folder, env, onLog }, signal)
    return { generation: view.containerGeneration, start, remove }
  } catch (error) {
    await remove()
    throw error instanceof AssetMissing ? error : new AssetMissing((error as Error).message)
  }
}

async function fill(
  root: string,
  { view, storage }: ContainerOptions,
): Promise<Record<string, string>> {
  const appRoot = join(root, 'code')
  const modelName = view.modelName ?? 'model'
  const modelDir = join(root, 'azureml-models', modelName, view.modelVersion ?? '1')
  await mkdir(appRoot, { recursive: true })
  await mkdir(modelDir, { recursive: true })
  if (view.codeUri) await copyBlobs(storage, view.codeUri, appRoot, 'content')
  // A model keeps its own name under AZUREML_MODEL_DIR, as Azure's own examples expect.
  if (view.modelUri) await copyBlobs(storage, view.modelUri, modelDir, 'withName')
  return {
    // Nothing of our own environment goes to the user's script but what Python needs to start.
    PATH: process.env.PATH ?? '',
    LANG: 'C.UTF-8',
    HOME: root,
    TMPDIR: root,
    ...view.environmentVariables,
    AZUREML_MODEL_DIR: modelDir,
    AML_APP_ROOT: appRoot,
    AZUREML_ENTRY_SCRIPT: view.scoringScript ?? '',
  }
}
