import { type ChildProcess, spawn } from 'node:child_process'

const FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']

export interface Ended {
  /** Undefined when it did not end in time. */
  readonly code: number | undefined
  readonly output: string
}

const running = new Set<ChildProcess>()

/** Runs a script of ours or Jest with this very Node, and gives all that it printed. */
export function runNode(
  cwd: string,
  args: readonly string[],
  limitMs: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...FLAGS, ...args], {
      cwd,
      env: { ...env, FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const parts: string[] = []
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      child.kill('SIGKILL')
    }, limitMs)
    running.add(child)
    child.stdout.setEncoding('utf8').on('data', (part: string) => parts.push(part))
    child.stderr.setEncoding('utf8').on('data', (part: string) => parts.push(part))
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code: isLate ? undefined : (code ?? 1), output: parts.join('') })
    })
  })
}

/** Ends what still runs: somebody pressed Ctrl-C. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
