import { run } from './command.ts'
import { Unbuildable } from './needs.ts'
import { meets, pinnedMinor, type Version, versionIn } from './version.ts'

/** A Python of this machine. */
export interface Interpreter {
  readonly executable: string
  readonly version: Version
}

const askMs = 20_000
const question = 'import sys; print(sys.executable, "%d.%d.%d" % sys.version_info[:3], sep="|")'

/** What to make of conditions that no Python of this machine meets. */
export interface Otherwise {
  /** Absent = they are refused. Told that the machine's own Python is used instead. */
  readonly onInstead?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Finds a Python that meets conda's conditions: the machine's own, or the `python3.x` on the PATH that they pin; else the
 * machine's own in place of it. Throws Unbuildable, saying what there is, where there is none or another is refused.
 */
export async function findInterpreter(
  conditions: string,
  machines: string,
  { onInstead, signal }: Otherwise = {},
): Promise<Interpreter> {
  const minor = pinnedMinor(conditions)
  const found: Interpreter[] = []
  for (const program of minor === undefined ? [machines] : [machines, `python${minor}`]) {
    const interpreter = await ask(program, signal)
    if (interpreter === undefined) continue
    if (meets(interpreter.version, conditions)) return interpreter
    found.push(interpreter)
  }
  signal?.throwIfAborted()
  const [own] = found
  if (own !== undefined && onInstead !== undefined) {
    onInstead(insteadOf(conditions, own))
    return own
  }
  const had = found.map(({ version }) => version.join('.')).join(' and ')
  const asked = conditions === '' ? 'Python' : `Python '${conditions}'`
  const also = minor === undefined ? '' : `, and no python${minor} on the PATH`
  throw new Unbuildable(
    had === ''
      ? `${asked} is needed; '${machines}' does not run on this machine.`
      : `${asked} is asked for; this machine has ${had}${also}.`,
  )
}

function insteadOf(conditions: string, { version }: Interpreter): string {
  return `Python '${conditions}' is asked for, which this machine does not have; its Python ${version.join('.')} is used instead.`
}

/** Throws Unbuildable unless the machine's own Python meets the conditions. One that does not run shows when it is run. */
export async function checkMachines(
  conditions: string,
  machines: string,
  signal?: AbortSignal,
): Promise<void> {
  const own = await ask(machines, signal)
  if (own === undefined || meets(own.version, conditions)) return
  const had = own.version.join('.')
  throw new Unbuildable(`Python '${conditions}' is asked for; '${machines}' is ${had}.`)
}

async function ask(program: string, signal?: AbortSignal): Promise<Interpreter | undefined> {
  const { code, output } = await run({
    program,
    args: ['-c', question],
    timeoutMs: askMs,
    ...(signal ? { signal } : {}),
  })
  const [executable = '', text = ''] = output.trim().split('|')
  const version = versionIn(text)
  return code === 0 && version ? { executable, version } : undefined
}
