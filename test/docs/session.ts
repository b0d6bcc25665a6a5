import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A command of a `console` block, and what is shown below it. */
export interface Shown {
  readonly command: string
  readonly output: string
}

/** Reads `$ command`, its further lines `> …`, and the output below. */
export function commandsIn(text: string): readonly Shown[] {
  const commands: { command: string; output: string }[] = []
  for (const line of text.trimEnd().split('\n')) {
    const last = commands.at(-1)
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), output: '' })
    else if (last === undefined) throw new Error(`'${line}' belongs to no command ("$ …")`)
    else if (line.startsWith('> ') && last.output === '') last.command += `\n${line.slice(2)}`
    else last.output += `${line}\n`
  }
  return commands
}

const END = '\u0001'

/** Runs commands in one shell, one after another, as somebody would who types them; gives what each of them printed. */
export async function typeIn(
  folder: string,
  commands: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  // What a command ended with is kept, so that the next one may ask for it ("echo $?").
  const script = commands.map((one) => `${one}\n__code=$?; printf '${END}'; (exit $__code)\n`)
  const shell = spawn('bash', ['--norc', '-s'], { cwd: folder, env: environment })
  let printed = ''
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  shell.stdin.end(`exec 2>&1\n${script.join('')}`)
  await once(shell, 'close')
  return printed.split(END).slice(0, commands.length)
}

/**
 * What is shown of an output, with everything normalised that differs from run to run: numbers, hashes, spaces. `…` stands
 * for any text in a line, and alone in a line for any lines.
 */
export function shapeOf(shown: string): RegExp {
  const lines = shown
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.trim() === '…'
        ? '(?:[^\\n]*\\n)*?'
        : `${normalised(line).split('…').map(literally).join('[^\\n]*')}\\n`,
    )
  return new RegExp(`^${shown.trim() === '' ? '' : lines.join('')}$`)
}

export function normalised(text: string): string {
  return text
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b/g, 'ID')
    .replaceAll(/\d+(?:[.,]\d+)*/g, '0')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ $/gm, '')
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
