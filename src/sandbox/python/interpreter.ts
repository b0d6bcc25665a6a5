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

/**
 * Finds a Python that meets conda's conditions: the machine's own, or the `python3.x` on the PATH that they pin. Throws
 * Unbuildable, saying what there is.
 */
export async function findInterpreter(
  conditions: string,
  machines: string,
  signal?: AbortSignal,
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
  const had = found.map(({ version }) => version.join('.')).join(' and ')
  const asked = conditions === '' ? 'Python' : `Python '${conditions}'`
  const also = minor === undefined ? '' : `, and no python${minor} on the PATH`
  throw new Unbuildable(
    had === ''
      ? `${asked} is needed; '${machines}' does not run on this machine.`
      : `${asked} is asked for; this machine has ${had}${also}.`,
  )
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
