import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { test } from '@jest/globals'

/** Tools that tests run and npm does not bring, with the package that does. */
const PACKAGES = {
  kubectl: 'kubectl (https://kubernetes.io/docs/tasks/tools)',
  promtool: 'prometheus (apt-get install prometheus)',
  prometheus: 'prometheus (apt-get install prometheus)',
  git: 'git (apt-get install git)',
  python3: 'python3 (apt-get install python3)',
  npm: 'npm',
  az: 'azure-cli (apt-get install azure-cli)',
  sshd: 'openssh-server (apt-get install openssh-server)',
  bash: 'bash (apt-get install bash)',
  zsh: 'zsh (apt-get install zsh)',
  fish: 'fish (apt-get install fish)',
} as const

export type Tool = keyof typeof PACKAGES

/** In CI nothing is skipped: a missing tool is a failure there. */
const isRequired = process.env.CI === 'true' || process.env.VERDIGRIS_REQUIRE_TOOLS === '1'

/** A test that needs these tools: skipped, with the reason printed, where one is missing; failing there in CI. */
export function testWith(
  tools: readonly Tool[],
  name: string,
  body: () => void | Promise<void>,
  timeoutMs?: number,
): void {
  const missing = tools.filter((tool) => !isInstalled(tool))
  const reason = `needs ${missing.map((tool) => PACKAGES[tool]).join(', ')}`
  if (missing.length === 0) {
    test(name, body, timeoutMs)
  } else if (isRequired) {
    test(name, () => {
      throw new Error(reason)
    })
  } else {
    process.stderr.write(`skipped: ${name}: ${reason}\n`)
    test.skip(`${name} (${reason})`, body)
  }
}

function isInstalled(tool: Tool): boolean {
  return spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0
}

/** Runs a tool, or the program at a path, to its end; throws with its output when it fails. */
export function runTool(
  tool: string,
  parameters: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: NodeJS.ProcessEnv
    readonly input?: string
  } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(tool, parameters, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: 110_000,
    ...options,
  })
  if (status !== 0) {
    throw new Error(`${tool} ${parameters.join(' ')}: ${error?.message ?? ''}${stdout}${stderr}`)
  }
  return stdout
}

/** Starts a tool that runs until it is told to stop; its complaints are shown. */
export function startTool(tool: Tool, parameters: readonly string[]): ChildProcess {
  return spawn(tool, parameters, { stdio: ['ignore', 'ignore', 'inherit'] })
}
