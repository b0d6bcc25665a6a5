import { setTimeout as sleep } from 'node:timers/promises'
import wrapAnsi from 'wrap-ansi'
import type { CommandContext } from '../context.ts'
import { answerJson } from '../render/json.ts'
import { isOver, rolloutLine, rolloutText } from '../render/rollout.ts'
import type { Style } from '../render/style.ts'
import type { OutputFormat } from '../targets.ts'
import type { RolloutsSeen, RolloutWatcher } from './watcher.ts'

/**
 * Shows rollouts until they are over: drawn over on a terminal, else a line for every change. Gives the exit code, 1 when
 * one was rolled back.
 */
export async function watchRollouts(
  watcher: RolloutWatcher,
  output: OutputFormat,
  { isTerminal, style, say, redraw, columns, signal }: CommandContext,
): Promise<number> {
  let said = ''
  for (;;) {
    const rollouts = await watcher.read()
    const line = linesOf(rollouts, style)
    if (output === 'text' && isTerminal) redraw(fitted(frameOf(rollouts, style), columns()))
    else if (line !== said) say(output === 'json' ? answerJson(rollouts.seen) : line)
    said = line
    if (rollouts.seen.every(({ rollout }) => isOver(rollout))) return exitCodeOf(rollouts)
    await sleep(watcher.pauseMs, undefined, { signal })
  }
}

/** What takes the place of everything on a terminal. */
export function frameOf({ seen, now }: RolloutsSeen, style: Style): string {
  return seen.map((one) => rolloutText(one, now, style)).join('\n\n')
}

/** No line is wider than so many columns: it is broken between words, and goes on two columns further in. */
export function fitted(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const [indent = ''] = /^ */.exec(line) ?? []
      const width = Math.max(LEAST_WIDTH, columns - indent.length - 2)
      const rows = wrapAnsi(line.trimEnd().slice(indent.length), width, { trim: false }).split('\n')
      return `${indent}${rows.map((row) => row.trim()).join(`\n${indent}  `)}`
    })
    .join('\n')
}

const LEAST_WIDTH = 20

function linesOf({ seen }: RolloutsSeen, style: Style): string {
  return seen.length === 0 ? 'No rollouts.' : seen.map((one) => rolloutLine(one, style)).join('\n')
}

function exitCodeOf({ seen }: RolloutsSeen): number {
  return seen.some(({ rollout }) => rollout.phase === 'rolled_back') ? 1 : 0
}
