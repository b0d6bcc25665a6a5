import type { CommandContext } from '../context.ts'
import type { OutputFormat } from '../targets.ts'
import type { LoadFigures } from './load.ts'
import { type Stage, setStage } from './stage.ts'
import { SCENES, type Told } from './story.ts'

export interface DemoFlags {
  readonly output: OutputFormat
  readonly keep?: boolean
}

interface SceneResult {
  readonly scene: number
  readonly title: string
  readonly ok: boolean
  readonly seconds: number
  readonly error?: string
}

/** Plays the story, and tells what came of it. */
export async function demo(flags: DemoFlags, context: CommandContext): Promise<void> {
  const tell = flags.output === 'json' ? context.progress : context.say
  tell('Starting an Azure ML workspace, a Git repository and the controller …')
  const stage = await setStage(context.config, context.signal)
  try {
    const told: Told = {}
    const scenes = await play(stage, told, tell, context)
    if (flags.keep === true) await keep(stage, tell, context)
    const load = await told.load?.stop()
    const summary = figuresOf(stage, scenes, told, load)
    for (const line of endingOf(summary, load)) tell(line)
    if (flags.output === 'json') context.say(JSON.stringify(summary))
    context.exit(summary.ok ? 0 : 1)
  } finally {
    await stage.close()
  }
}

/** Plays scene after scene; the first that fails ends the story. */
async function play(
  stage: Stage,
  told: Told,
  tell: (text: string) => void,
  { style, signal }: CommandContext,
): Promise<readonly SceneResult[]> {
  const results: SceneResult[] = []
  for (const [index, scene] of SCENES.entries()) {
    if (signal.aborted) break
    const number = index + 1
    const began = Date.now()
    const seconds = (): number => Math.round((Date.now() - began) / 100) / 10
    tell(`\n${style.bold(`${number}. ${scene.title}`)}`)
    try {
      for (const line of await scene.play(stage, told, style)) tell(`   ${line}`)
      results.push({ scene: number, title: scene.title, ok: true, seconds: seconds() })
      tell(style.dim(`   ${seconds()} s`))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      results.push({ scene: number, title: scene.title, ok: false, seconds: seconds(), error: why })
      tell(`   ${style.red(`did not happen: ${why}`)}`)
      break
    }
  }
  return results
}

/** Share of all requests that a bad model may fail before it is caught: the story is about how few they are. */
const MOST_HURT = 0.05

interface Summary {
  readonly ok: boolean
  readonly scenes: readonly SceneResult[]
  readonly requests: number
  readonly failed: number
  /** Of these, what the bad model failed before it was taken back: the others would be ours. */
  readonly failedByBadModel: number
  readonly driftCorrections: number
  readonly writes: number
  readonly convergeSeconds: number | null
}

function figuresOf(
  stage: Stage,
  scenes: readonly SceneResult[],
  told: Told,
  load: LoadFigures | undefined,
): Summary {
  const { requests, failed } = load ?? { requests: 0, failed: 0 }
  const figures = stage.figures()
  const isWhole = scenes.length === SCENES.length && scenes.every(({ ok }) => ok)
  const failedByBadModel = told.failedByBadModel ?? 0
  const onlyThose = failed === failedByBadModel && failed < requests * MOST_HURT
  const ok = isWhole && requests > 0 && onlyThose && figures.driftCorrections === 1
  return {
    ok,
    scenes,
    requests,
    failed,
    failedByBadModel,
    ...figures,
    convergeSeconds: told.convergeSeconds ?? null,
  }
}

/** The figures; what the bad model failed was told, and any other failure is ours. */
function endingOf(summary: Summary, load: LoadFigures | undefined): readonly string[] {
  const failures = summary.ok ? [] : (load?.failures ?? [])
  return [
    `\n${SCENES.length + 1}. ${figuresText(summary)}`,
    ...failures.map((failure) => `   failed: ${failure}`),
  ]
}

function figuresText({
  requests,
  failed,
  failedByBadModel,
  driftCorrections,
  writes,
  convergeSeconds,
}: Summary): string {
  return [
    `${requests} scoring requests, ${failed} failed (${failedByBadModel} of them by the bad model before it was caught)`,
    `${driftCorrections} drift ${driftCorrections === 1 ? 'correction' : 'corrections'}`,
    `${writes} writes to Azure`,
    `${convergeSeconds ?? '–'} s from commit to converged`,
  ].join(' · ')
}

/** Leaves the stage standing until Ctrl-C. */
async function keep(
  { api, sandbox, repository }: Stage,
  tell: (text: string) => void,
  { signal }: CommandContext,
): Promise<void> {
  tell('\nEverything goes on running; Ctrl-C ends it.')
  tell(`   controller  ${api}/api/v1/applications   ${api}/metrics`)
  tell(`   workspace   ${sandbox.arm}`)
  tell(`   repository  ${repository.url}   (work tree ${repository.workTree})`)
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
