import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import type { DeploymentView } from '../core/contract.ts'
import {
  type PythonEnvironment,
  type PythonMode,
  type PythonOptions,
  pythonFor,
  pythonWith,
} from '../python/environment.ts'
import { needsOfModel } from '../python/model-needs.ts'
import { copyBlobs, type Storage } from './files.ts'
import { startWorker, type Worker } from './worker.ts'

/** What a deployment runs, at one generation: its files in a folder of their own, and processes that use them. */
export interface Container {
  readonly generation: number
  start(signal: AbortSignal): Promise<Worker>
  remove(): Promise<void>
}

export interface ContainerOptions {
  readonly python: PythonOptions
  readonly storage: Storage
  readonly view: DeploymentView
  readonly onLog: (text: string) => void
}

/** An asset that a container needs and that cannot be had. */
export class AssetMissing extends Error {}

/** Whether the sandbox can run it: a scoring script, or in a venv an MLflow model; never an image. */
export function isRunnable(view: DeploymentView, mode: PythonMode): boolean {
  return hasScript(view) || (mode === 'venv' && isBareModel(view))
}

function hasScript(view: DeploymentView): boolean {
  return view.codeUri !== undefined && view.scoringScript !== undefined
}

/** A model without code. One of another type may be MLflow's too: Azure looks for its MLmodel file. */
function isBareModel({ modelUri, modelType, environment }: DeploymentView): boolean {
  if (modelUri === undefined) return false
  return modelType?.toLowerCase() === 'mlflow_model' || environment === undefined
}

/**
 * Copies code and model out of the blob store, laid out as Azure's inference image has them, and finds or makes the
 * Python that they need. Rejects with AssetMissing, EnvironmentFailed or the signal's reason.
 */
export async function createContainer(
  options: ContainerOptions,
  signal: AbortSignal,
): Promise<Container> {
  const { view } = options
  const root = await mkdtemp(join(options.storage.scratch, 'verdigris-container-'))
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 3 })
  try {
    const { env, runs, model } = await layOut(root, options)
    const python = await pythonOf(options, model, signal)
    const start = (startSignal: AbortSignal) =>
      startWorker(
        {
          python: python.executable,
          runs,
          folder: env.AML_APP_ROOT ?? root,
          env: withPath(env, python),
          onLog: options.onLog,
        },
        startSignal,
      )
    return { generation: view.containerGeneration, start, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

interface Layout {
  readonly env: Readonly<Record<string, string>>
  /** The runner's arguments. */
  readonly runs: readonly string[]
  /** The folder of an MLflow model that is run as it is. */
  readonly model?: string
}

async function layOut(root: string, options: ContainerOptions): Promise<Layout> {
  const { view } = options
  const env = await fill(root, options).catch((error: Error) => {
    throw new AssetMissing(error.message)
  })
  if (hasScript(view)) {
    const script = resolve(env.AML_APP_ROOT, view.scoringScript ?? '')
    if (!script.startsWith(env.AML_APP_ROOT + sep)) {
      throw new AssetMissing('The script lies outside its code')
    }
    return { env, runs: ['script', script] }
  }
  const model = await folderOfModel(env.AZUREML_MODEL_DIR)
  const MLFLOW_MODEL_FOLDER = model.slice(env.AZUREML_MODEL_DIR.length + 1)
  return { env: { ...env, MLFLOW_MODEL_FOLDER }, runs: ['mlflow'], model }
}

async function fill(root: string, { view, storage }: ContainerOptions) {
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

/** The folder with the MLmodel file: the model's own. Rejects with AssetMissing. */
export async function folderOfModel(modelDir: string): Promise<string> {
  for (const name of await readdir(modelDir)) {
    const found = await stat(join(modelDir, name, 'MLmodel')).catch(() => undefined)
    if (found?.isFile()) return join(modelDir, name)
  }
  throw new AssetMissing(
    'There is no scoring script, and no MLmodel file in the folder of the model',
  )
}

function pythonOf(
  { view, python, onLog }: ContainerOptions,
  model: string | undefined,
  signal: AbortSignal,
): Promise<PythonEnvironment> {
  const onProgress = (line: string) => {
    onLog(`${line}\n`)
    python.onProgress?.(`${view.name}: ${line}`)
  }
  const options = { ...python, onProgress, signal }
  if (model === undefined) return pythonFor(view.environment, options)
  return pythonWith(() => needsOfModel(model), `the model ${view.modelName ?? ''}`, options)
}

/** Programs that a venv brings along are found first. */
function withPath(
  env: Readonly<Record<string, string>>,
  { executable }: PythonEnvironment,
): Record<string, string> {
  if (!isAbsolute(executable)) return { ...env }
  return { ...env, PATH: `${dirname(executable)}${delimiter}${env.PATH ?? ''}` }
}
